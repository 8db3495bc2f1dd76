#include "experiments/orders/stretch.h"

#include <map>

#include "kernels/core/math.h"

namespace ito::experiments {

Stretch smooth_stretch(const Path& path, const std::string& clock) {
  // laplace has a kink at t = 1/2, and a line in t of paths with lambda far out is not worth measuring on.
  static const std::map<std::string, Stretch, std::less<>> of_path = {{"edm", {Time(4.0), Time(0.2)}},
                                                                      {"flow", {Time(0.9), Time(0.1)}},
                                                                      {"trig", {Time(0.9), Time(0.1)}},
                                                                      {"ve", {Time(0.7), Time(0.3)}},
                                                                      {"laplace", {Time(0.48), Time(0.05)}}};
  if (clock == "ratio" && path.name() != "laplace") return {time_of(path, 2.0, clock), time_of(path, 0.5, clock)};
  const auto found = of_path.find(path.name());
  return found != of_path.end() ? found->second : Stretch{Time(0.8), Time(0.1)};
}

double place_of(const Path& path, Time t, const std::string& clock) {
  if (clock == "time") return t.value;
  return clock == "lambda" ? path.lambda(t).value : path.sigma(t) / path.alpha(t);
}

Time time_of(const Path& path, double place, const std::string& clock) {
  if (clock == "time") return Time(place);
  return path.time(Lambda(clock == "lambda" ? place : -math::log(place)));
}

EqualSteps equal_steps(const Path& path, const Stretch& stretch, const std::string& clock, int n, int history,
                       int coarsest) {
  const double a = place_of(path, stretch.from, clock), b = place_of(path, stretch.to, clock);
  const double room = static_cast<double>(history) / (coarsest + history);
  const double start = a + room * (b - a);
  const auto time_at = [&](int i) {
    if (i == n) return stretch.to;
    if (i == 0 && history == 0) return stretch.from;
    return time_of(path, start + static_cast<double>(i) / n * (b - start), clock);
  };
  EqualSteps steps;
  for (int i = -history; i < 0; ++i) steps.before.push_back(time_at(i));
  for (int i = 0; i <= n; ++i) steps.times.push_back(time_at(i).value);
  return steps;
}

}  // namespace ito::experiments
