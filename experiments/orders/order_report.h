// Measured orders as a table for the terminal and as a plot.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/orders/order.h"
#include "experiments/report/plot.h"
#include "experiments/report/table.h"

namespace ito::experiments {

// One row for each claim and path; a column for the order on each problem. What misses its claim by more than
// kOrderTolerance on a problem that is not linear is marked.
report::Table order_table(const std::vector<MeasuredOrder>& measured);

// "76 of 78 claims hold ...", and a line for each that does not.
std::string order_verdict(const std::vector<MeasuredOrder>& measured);

// Errors behind the orders against the number of steps, one panel for each path and problem.
report::PlotGrid order_plot(const std::vector<MeasuredOrder>& measured);

}  // namespace ito::experiments
