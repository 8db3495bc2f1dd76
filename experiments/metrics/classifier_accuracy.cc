// Whether images are of the class that was asked for, judged by a trained classifier.
//
//   classifier_accuracy     share of samples whose most probable class is the one asked for
//   classifier_probability  mean of p(c_i | x_i)
// Beside each the same for held-out examples with their own labels: where the classifier itself stands.
#include <algorithm>

#include "experiments/metrics/image_features.h"
#include "experiments/metrics/labelled_law.h"

namespace ito::experiments {
namespace {

struct Judgement {
  double accuracy = 0, probability = 0;
};

Judgement judge(const ImageFeatures& images, const Tensor& labels) {
  const std::span<const std::int32_t> asked = labels.span<std::int32_t>();
  Judgement result;
  std::int64_t right = 0, counted = 0;
  for (std::int64_t i = 0; i < images.count; ++i) {
    const std::int32_t label = asked[static_cast<std::size_t>(i)];
    if (label < 0 || label >= images.classes) continue;
    const auto row = images.probabilities.begin() + i * images.classes;
    right += std::max_element(row, row + images.classes) - row == label ? 1 : 0;
    result.probability += row[label];
    ++counted;
  }
  if (counted == 0) return {};
  result.accuracy = static_cast<double>(right) / static_cast<double>(counted);
  result.probability /= static_cast<double>(counted);
  return result;
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
        const Judgement samples = judge(*network.of(input.samples, input.data), input.condition);
        std::vector<MetricValue> values{{"classifier_accuracy", samples.accuracy, std::nullopt},
                                        {"classifier_probability", samples.probability, std::nullopt}};
        if (input.reference.labels.defined()) {
          const Judgement data = judge(*network.of(input.reference.x, input.data), input.reference.labels);
          values[0].floor = data.accuracy;
          values[1].floor = data.probability;
        }
        return values;
      };
      return {.measure = measure,
              .lacks = lacks_labelled_images,
              .by_class = true,
              .depends_on = [network](const Dataset& data) { return network.hash(data); }};
    }};

}  // namespace
}  // namespace ito::experiments
