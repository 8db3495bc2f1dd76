// FD(features): the Frechet distance (frechet.h) between a classifier's features of the samples and of as many held-out
// examples.
//
//   fd          FD(samples, reference); floor: FD(second, reference), real against real at the same N
//   fd_blurred  FD(second blurred by a 3 x 3 mean, reference): a worse picture on the same scale; as the floor, only
//               where there are twice as many held-out examples
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "experiments/metrics/frechet.h"
#include "experiments/metrics/image_features.h"

namespace ito::experiments {
namespace {

// Every pixel the mean of those of its 3 x 3 neighbours that there are.
Tensor blurred(const Tensor& x) {
  const NoGrad no_grad;
  return average_pool(x, {.size = 3, .stride = 1, .padding = 1, .count_include_pad = false});
}

double distance(const ImageFeatures& x, const ImageFeatures& y) {
  return frechet_distance(x.features, y.features, x.width);
}

const Register<Metric> fd_metric{
    {.name = "fd",
     .paper = "Heusel 2017, eq. 6",
     .summary = "Frechet distance of a classifier's features, beside that of real images and of blurred ones.",
     .formula = "|m_x - m_y|^2 + tr(S_x + S_y - 2 (S_x S_y)^(1/2)) over features",
     .parameters = {classifier_parameter(),
                    {.name = "blurred",
                     .default_value = true,
                     .meaning = "also give the distance of held-out images blurred by a 3 x 3 mean"}}},
    [](const Parameters& p) -> Metric {
      const FeatureNetwork network(p.text("classifier"));
      const bool blur = p.boolean("blurred");
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        if (input.samples.dim(0) < 2) throw InputError("fd: a distribution is fitted to at least two samples");
        const auto reference = network.of(input.reference.x, input.data);
        std::vector<MetricValue> values{{.name = "fd",
                                         .value = distance(*network.of(input.samples, input.data), *reference),
                                         .floor = std::nullopt,
                                         .distance = true}};
        if (!input.second.x.defined()) return values;
        const double floor = distance(*network.of(input.second.x, input.data), *reference);
        values[0].floor = floor;
        if (blur)
          values.push_back({.name = "fd_blurred",
                            .value = distance(*network.of(blurred(input.second.x), input.data), *reference),
                            .floor = floor});
        return values;
      };
      return network.metric(measure, false);
    }};

}  // namespace
}  // namespace ito::experiments
