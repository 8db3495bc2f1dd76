// What guidance should have sampled: the exact W2 between the samples and exact draws of p(x) p(c | x)^w, class by
// class (a sample is matched only to draws of the class that it was asked for), w the cell's guidance weight. Draws by
// rejection (samplers/exact/mixture.h); the floor is the distance between two such sets of draws.
#include <fmt/format.h>

#include <algorithm>

#include "autograd/io/sha256.h"
#include "experiments/metrics/labelled_law.h"
#include "experiments/metrics/remembered.h"
#include "experiments/metrics/transport.h"
#include "samplers/exact/batch.h"

namespace ito::experiments {
namespace {

struct Target {
  std::vector<double> draws;
  double floor = 0;
};

const Register<Metric> w2_tilted_metric{
    {.name = "w2_tilted",
     .paper = "Bradley, Nakkiran 2025: what classifier-free guidance is meant to sample, and does not",
     .summary =
         "Exact W2, class by class, between the samples and exact draws of p(x) p(c|x)^w, w the guidance weight.",
     .formula = "W2^2 = sum over classes of n_c/n W2^2({x_i : c_i = c}, draws of p(x) p(c|x)^w)",
     .parameters = {{"compared", std::int64_t{2000}, "samples compared, the first ones; 0: all", 0, 20000}}},
    [](const Parameters& p) -> Metric {
      const std::int64_t count = p.integer("compared");
      const auto targets = std::make_shared<Remembered<Target>>();
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        const auto law = labelled_law(input.data, "w2_tilted");
        require_condition(input, "w2_tilted");
        if (input.guidance_w < 0)
          throw InputError(
              fmt::format("w2_tilted: guidance.w is {}; p(x) p(c|x)^w is drawn for w >= 0", input.guidance_w));
        const std::int64_t n = count > 0 ? std::min(count, input.samples.dim(0)) : input.samples.dim(0);
        const std::vector<std::int32_t> labels =
            sample_labels(input.condition.slice_first(0, n), n, law->classes(), "w2_tilted");
        if (std::find(labels.begin(), labels.end(), kUnconditional) != labels.end())
          throw InputError("w2_tilted: a sample has no label; expected a class for each");
        const Tensor samples = input.samples.slice_first(0, n);
        check_dimension(samples, law->dimension(), "w2_tilted");
        const std::string key = Sha256()
                                    .text(input.data.hash)
                                    .integer(static_cast<std::int64_t>(input.seed))
                                    .number(input.guidance_w)
                                    .update(std::as_bytes(std::span(labels)))
                                    .hex();
        // Draws 0 .. n - 1 belong to the reference that other metrics use; these are numbered after those.
        const Target target = targets->get(key, [&] {
          Target made{sample_rows(law->draw_tilted(input.seed, n, labels, input.guidance_w)), 0};
          const std::vector<double> other = sample_rows(law->draw_tilted(input.seed, 2 * n, labels, input.guidance_w));
          made.floor = w2_by_label(default_context(), made.draws, labels, other, labels, law->dimension());
          return made;
        });
        return {{.name = "w2_tilted",
                 .value = w2_by_label(default_context(), sample_rows(samples), labels, target.draws, labels,
                                      law->dimension()),
                 .floor = target.floor,
                 .distance = true}};
      };
      return {.measure = measure, .lacks = lacks_labelled_law, .by_class = true};
    }};

}  // namespace
}  // namespace ito::experiments
