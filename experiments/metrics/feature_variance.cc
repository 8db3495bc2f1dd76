// How varied the samples of one class are: what guidance takes away.
//
//   feature_variance        mean over classes of tr Cov(features of the class), divisor n - 1; floor: held-out data's
//   feature_variance_ratio  the first over the second
// Classes with fewer than two samples are left out, of the samples and of the data alike.
#include <vector>

#include "experiments/metrics/image_features.h"
#include "experiments/metrics/labelled_law.h"

namespace ito::experiments {
namespace {

// tr Cov of each class; negative where a class has fewer than two samples.
std::vector<double> class_variances(const ImageFeatures& images, const Tensor& labels) {
  const auto width = static_cast<std::size_t>(images.width);
  std::vector<double> variances(static_cast<std::size_t>(images.classes), -1);
  const std::span<const std::int32_t> asked = labels.span<std::int32_t>();
  for (std::int32_t c = 0; c < images.classes; ++c) {
    std::vector<double> mean(width, 0);
    std::int64_t n = 0;
    const auto for_each = [&](auto&& f) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(images.count); ++i)
        if (asked[i] == c) f(images.features.data() + i * width);
    };
    for_each([&](const double* row) {
      ++n;
      for (std::size_t j = 0; j < width; ++j) mean[j] += row[j];
    });
    if (n < 2) continue;
    for (double& m : mean) m /= static_cast<double>(n);
    double sum = 0;
    for_each([&](const double* row) {
      for (std::size_t j = 0; j < width; ++j) sum += (row[j] - mean[j]) * (row[j] - mean[j]);
    });
    variances[static_cast<std::size_t>(c)] = sum / static_cast<double>(n - 1);
  }
  return variances;
}

const Register<Metric> feature_variance_metric{
    {.name = "feature_variance",
     .summary = "Mean within-class variance of a classifier's features, and its ratio to that of held-out data.",
     .formula = "mean_c tr Cov(features | c)",
     .parameters = {classifier_parameter()}},
    [](const Parameters& p) -> Metric {
      const FeatureNetwork network(p.text("classifier"));
      const auto measure = [=](const MetricInput& input) -> std::vector<MetricValue> {
        require_condition(input, "feature_variance");
        const auto samples = class_variances(*network.of(input.samples, input.data), input.condition);
        const auto data = class_variances(*network.of(input.reference.x, input.data), input.reference.labels);
        double of_samples = 0, of_data = 0;
        int classes = 0;
        for (std::size_t c = 0; c < samples.size(); ++c) {
          if (samples[c] < 0 || data[c] < 0) continue;
          of_samples += samples[c];
          of_data += data[c];
          ++classes;
        }
        if (classes == 0 || of_data == 0)
          throw InputError(
              "feature_variance: no class has two samples and two held-out examples that differ; a larger "
              "metrics.count was expected");
        return {{"feature_variance", of_samples / classes, of_data / classes},
                {"feature_variance_ratio", of_samples / of_data, std::nullopt}};
      };
      return network.metric(measure, true);
    }};

}  // namespace
}  // namespace ito::experiments
