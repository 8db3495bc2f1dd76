// All claims asked about, on all paths and problems: what `ito orders` measures.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "experiments/orders/order.h"

namespace ito::experiments {

struct OrderQuestion {
  std::vector<std::string> solvers = {};  // empty: all
  std::vector<std::string> paths = {"vp", "edm", "flow"};
  std::vector<std::string> problems = {};  // empty: all
};

// Along the ODE on every problem, strong orders on those that are not Gaussian, weak ones on the Gaussian.
//
// By solver, claim, path and problem, in the order they are asked for (solvers: sorted by name). A path that a solver
// does not walk is left out; InputError, with the solver's own words, where one that was asked for walks none. Claims
// are measured side by side on the calling thread's number of threads, each walk on one: no bit depends on it.
// `progress` is called before the first with done = 0, then from any of them.
std::vector<MeasuredOrder> measure_orders(
    const OrderQuestion& question, const std::function<void(std::int64_t done, std::int64_t total)>& progress = {});

}  // namespace ito::experiments
