// Memorisation: how near the samples lie to the training examples, beside how near held-out data lie to them.
//
//   nearest_neighbour  mean over samples of min_i |x - y_i| over training examples y_i
//   copied             share of samples nearer to a training example than half the mean distance of held-out data
// Analytic data have no training examples: the metric is refused.
#include <algorithm>

#include "experiments/metrics/metric.h"
#include "experiments/metrics/remembered.h"
#include "samplers/exact/finite.h"

namespace ito::experiments {
namespace {

std::vector<double> distances(const FiniteSet& set, const Tensor& x) {
  std::vector<double> result;
  for (const FiniteSet::Neighbour& neighbour : set.nearest(x)) result.push_back(neighbour.distance);
  return result;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double share_below(const std::vector<double>& values, double bound) {
  return static_cast<double>(std::count_if(values.begin(), values.end(), [bound](double v) { return v < bound; })) /
         static_cast<double>(values.size());
}

const Register<Metric> nearest_neighbour_metric{
    {.name = "nearest_neighbour",
     .summary = "Mean distance to the nearest training example, beside that of held-out data, and the share of copies.",
     .formula = "mean min_i |x - y_i|;  copied: share of x with min_i |x - y_i| < half the held-out mean",
     .parameters = {{"compared", std::int64_t{256}, "samples and held-out examples looked at, the first ones; 0: all",
                     0},
                    {"examples", std::int64_t{0}, "training examples searched, the first ones; 0: all", 0}}},
    [](const Parameters& p) -> Metric {
      const std::int64_t count = p.integer("compared"), examples = p.integer("examples");
      const auto sets = std::make_shared<Remembered<std::shared_ptr<const FiniteSet>>>();
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        if (!input.data.finite())
          throw InputError("nearest_neighbour: data '" + input.data.name + "' have no training examples");
        const std::shared_ptr<const FiniteSet> set =
            sets->get(input.data.hash, std::function<std::shared_ptr<const FiniteSet>()>([&] {
                        return std::make_shared<const FiniteSet>(input.data.train.x, Tensor(), 0, examples);
                      }));
        const auto first = [count](const Tensor& x) {
          return x.slice_first(0, count > 0 ? std::min(count, x.dim(0)) : x.dim(0));
        };
        const std::vector<double> of_samples = distances(*set, first(input.samples));
        if (!input.data.held_out.x.defined()) return {{"nearest_neighbour", mean(of_samples), std::nullopt}};
        // Reference draws of a finite set come from its held-out examples.
        const std::vector<double> of_held_out = distances(*set, first(input.reference.x));
        const double half = mean(of_held_out) / 2;
        return {{"nearest_neighbour", mean(of_samples), mean(of_held_out)},
                {"copied", share_below(of_samples, half), share_below(of_held_out, half)}};
      };
      return {.measure = measure,
              .lacks = [](const Dataset& data) { return std::string(data.finite() ? "" : "training examples"); }};
    }};

}  // namespace
}  // namespace ito::experiments
