// How far a network's field is from the exact one, at ten times, where it matters: at x_t of the forward process.
//
//   x_t = alpha x_0 + sigma eps,  x_0 the reference draws, eps by counters (seed, Stream::metric)
//   field_rms[t] = sqrt(mean over samples and elements of (network - exact)^2), both as the stated prediction at x_t
#include <fmt/format.h>

#include <cmath>

#include "autograd/arithmetic.h"
#include "experiments/metrics/clock_time.h"
#include "experiments/metrics/metric.h"
#include "kernels/core/math.h"
#include "kernels/random/random.h"

namespace ito::experiments {
namespace {

Tensor noise_like(const Tensor& x, std::uint64_t seed, std::uint32_t step) {
  Tensor noise = Tensor::like(x);
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::normal(context(x), RandomKey(seed, step, Stream::metric, 2), 0, x.dim(0), x.size() / x.dim(0),
                    noise.mutable_span<T>().data());
  });
  return noise;
}

std::string time_name(double fraction) {
  const std::string two = fmt::format("{:.2f}", fraction);
  return "field_rms[t=" +
         (std::abs(fraction * 100 - std::rint(fraction * 100)) < 1e-9 ? two : fmt::format("{}", fraction)) + "]";
}

const Register<Metric> field_rms_metric{
    {.name = "field_rms",
     .summary = "Root mean square difference between the network's field and the exact one at points of the forward "
                "process, at ten times and over all of them.",
     .formula = "sqrt(mean (D_network(x_t) - D_exact(x_t))^2)",
     .parameters = {{"times", std::vector<double>{0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0},
                     "parts of the way from data (0) to noise (1) on the path's clock (edm: in log sigma)", 0, 1},
                    {"prediction", std::string("eps"), "what is compared", -1, 1, {"eps", "sample", "v", "velocity"}},
                    {"compared", std::int64_t{1000}, "reference draws used, the first ones; 0: all", 0}}},
    [](const Parameters& p) -> Metric {
      const std::vector<double> fractions = p.numbers("times");
      const Prediction kind = *prediction_from_name(p.text("prediction"));
      const std::int64_t count = p.integer("compared");
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        if (input.network == nullptr || input.exact == nullptr || input.path == nullptr)
          throw InputError(
              "field_rms: there is no field to look at; a run knows its model's, a file holds samples alone");
        const std::int64_t all = input.reference.x.dim(0), n = count > 0 ? std::min(count, all) : all;
        const Tensor x0 = input.reference.x.slice_first(0, n);
        const Tensor condition = input.condition.defined() && input.reference.labels.defined()
                                     ? input.reference.labels.slice_first(0, n)
                                     : Tensor();
        std::vector<MetricValue> values;
        double total = 0;
        for (std::size_t i = 0; i < fractions.size(); ++i) {
          const Time t = clock_time(*input.path, fractions[i]);
          const double times[] = {t.value};
          const Tensor x = combine({{input.path->alpha(t), x0},
                                    {input.path->sigma(t), noise_like(x0, input.seed, static_cast<std::uint32_t>(i))}});
          const auto field = [&](const Denoiser& denoiser) {
            const Query query{.x = x, .times = times, .condition = condition};
            return convert(*input.path, times, x, denoiser.evaluate(query).prediction, denoiser.prediction, kind);
          };
          const double mean = squared_norm(combine({{1, field(*input.network)}, {-1, field(*input.exact)}})) /
                              static_cast<double>(x.size());
          values.push_back({time_name(fractions[i]), std::sqrt(mean), std::nullopt});
          total += mean;
        }
        values.push_back({"field_rms", std::sqrt(total / static_cast<double>(fractions.size())), std::nullopt});
        return values;
      };
      return {.measure = measure, .lacks = lacks_exact_formula};
    }};

}  // namespace
}  // namespace ito::experiments
