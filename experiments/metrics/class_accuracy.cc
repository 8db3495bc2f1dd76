// Whether samples are of the class that was asked for, judged by the exact posterior p(c | x) of the labelled law
// (labelled_law.h) at the clean end, not by a trained classifier.
//
//   class_accuracy     share of samples whose most probable class is the one asked for
//   class_probability  mean of p(c_i | x_i)
// Beside each the same for the reference draws with their own labels.
#include "experiments/metrics/class_judgement.h"
#include "experiments/metrics/labelled_law.h"

namespace ito::experiments {
namespace {

ClassJudgement judge(const GaussianMixture& law, const Tensor& x, const Tensor& labels) {
  return judge_classes(law.class_posterior(x, std::vector<NoiseLevel>{{1.0, 0.0}}), law.classes(), labels);
}

const Register<Metric> class_accuracy_metric{
    {.name = "class_accuracy",
     .summary = "Share of samples that the exact posterior gives the class asked for, and the mean probability of it.",
     .formula = "mean [argmax_k p(k|x_i) = c_i],  mean p(c_i|x_i)"},
    [](const Parameters&) -> Metric {
      const auto measure = [](const MetricInput& input) -> std::vector<MetricValue> {
        const auto law = labelled_law(input.data, "class_accuracy");
        require_condition(input, "class_accuracy");
        const ClassJudgement samples = judge(*law, input.samples, input.condition);
        std::vector<MetricValue> values{{"class_accuracy", samples.accuracy, std::nullopt},
                                        {"class_probability", samples.probability, std::nullopt}};
        if (input.reference.labels.defined()) {
          const ClassJudgement data = judge(*law, input.reference.x, input.reference.labels);
          values[0].floor = data.accuracy;
          values[1].floor = data.probability;
        }
        return values;
      };
      return {.measure = measure, .lacks = lacks_labelled_law, .by_class = true};
    }};

}  // namespace
}  // namespace ito::experiments
