// The sliced 2-Wasserstein distance (transport.h): cheap at any size, and on one axis the exact one.
#include "experiments/metrics/pairs.h"
#include "experiments/metrics/transport.h"

namespace ito::experiments {
namespace {

const Register<Metric> sliced_w2_metric{
    {.name = "sliced_w2",
     .paper = "Rabin, Peyre, Delon, Bernot 2012",
     .summary = "2-Wasserstein distance of projections on random directions, root mean square over directions.",
     .formula = "SW2^2 = mean over directions u of W2^2({u.x_i}, {u.y_i})",
     .parameters = {{"projections", std::int64_t{256}, "random directions, drawn from the cell's seed", 1, 100000},
                    {"compared", std::int64_t{0}, "samples compared, the first ones; 0: all", 0}}},
    [](const Parameters& p) {
      const std::int64_t projections = p.integer("projections");
      return distance_metric(
          "sliced_w2", p.integer("compared"),
          [projections](std::span<const double> x, std::span<const double> y, std::int64_t d, std::uint64_t seed) {
            return sliced_w2(default_context(), x, y, d, projections, seed);
          });
    }};

}  // namespace
}  // namespace ito::experiments
