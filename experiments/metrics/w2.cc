// The exact 2-Wasserstein distance between the samples and as many fresh draws of the data (transport.h).
#include "experiments/metrics/pairs.h"
#include "experiments/metrics/transport.h"

namespace ito::experiments {
namespace {

const Register<Metric> w2_metric{
    {.name = "w2",
     .paper = "Villani 2009, ch. 6; network simplex: Kiraly, Kovacs 2012 (LEMON)",
     .summary = "Exact 2-Wasserstein distance between the samples and as many fresh draws of the data.",
     .formula = "W2^2 = 1/n min over permutations p of sum_i |x_i - y_p(i)|^2",
     .parameters = {{"compared", std::int64_t{2000}, "samples compared, the first ones; 0: all", 0, 20000}}},
    [](const Parameters& p) {
      return distance_metric("w2", p.integer("compared"),
                             [](std::span<const double> x, std::span<const double> y, std::int64_t d, std::uint64_t) {
                               return w2(default_context(), x, y, d);
                             });
    }};

}  // namespace
}  // namespace ito::experiments
