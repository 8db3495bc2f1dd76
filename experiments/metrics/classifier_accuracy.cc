// Whether images are of the class that was asked for, judged by a trained classifier.
//
//   classifier_accuracy     share of samples whose most probable class is the one asked for
//   classifier_probability  mean of p(c_i | x_i)
// Beside each the same for held-out examples with their own labels: where the classifier itself stands.
#include "experiments/metrics/class_judgement.h"
#include "experiments/metrics/image_features.h"
#include "experiments/metrics/labelled_law.h"

namespace ito::experiments {
namespace {

ClassJudgement judge(const ImageFeatures& images, const Tensor& labels) {
  return judge_classes(images.probabilities, images.classes, labels);
}

const Register<Metric> classifier_accuracy_metric{
    {.name = "classifier_accuracy",
     .summary = "Share of samples that a trained classifier gives the class asked for, and the mean probability of it.",
     .formula = "mean [argmax_k p(k|x_i) = c_i],  mean p(c_i|x_i)",
     .parameters = {classifier_parameter()}},
    [](const Parameters& p) -> Metric {
      const FeatureNetwork network(p.text("classifier"));
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        require_condition(input, "classifier_accuracy");
        const ClassJudgement samples = judge(*network.of(input.samples, input.data), input.condition);
        std::vector<MetricValue> values{{"classifier_accuracy", samples.accuracy, std::nullopt},
                                        {"classifier_probability", samples.probability, std::nullopt}};
        if (input.reference.labels.defined()) {
          const ClassJudgement data = judge(*network.of(input.reference.x, input.data), input.reference.labels);
          values[0].floor = data.accuracy;
          values[1].floor = data.probability;
        }
        return values;
      };
      return network.metric(measure, true);
    }};

}  // namespace
}  // namespace ito::experiments
