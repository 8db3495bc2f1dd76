// Measured orders as a table for the terminal and as a plot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/orders/order.h"
#include "experiments/report/plot.h"
#include "experiments/report/table.h"

namespace ito::experiments {

// Orders along the ODE, then strong and weak ones, where there are any: one row for each claim and path, a column for
// the order on each problem. What misses its claim by more than kOrderTolerance is marked, but not on a problem that is
// linear in x.
std::vector<report::Table> order_tables(const std::vector<MeasuredOrder>& measured);

// "76 of 78 orders ...", and a line for each that does not hold.
std::string order_verdict(const std::vector<MeasuredOrder>& measured);

// Errors behind the orders against the number of steps, one panel for each path and problem.
report::PlotGrid order_plot(const std::vector<MeasuredOrder>& measured);

}  // namespace ito::experiments
