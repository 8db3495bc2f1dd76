// What metrics of images look at: the penultimate features of a trained classifier (experiments/models/classifier.h),
// and its judgement of the class. Names of metrics say "features", never "FID": these are not Inception's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "experiments/metrics/metric.h"
#include "experiments/models/classifier.h"

namespace ito::experiments {

struct ImageFeatures {
  std::vector<double> features;       // [N, F]
  std::vector<double> probabilities;  // [N, classes]
  std::int64_t count = 0, width = 0, classes = 0;
};

// The parameter `classifier` that these metrics share, and the network of that name.
Parameter classifier_parameter();

class FeatureNetwork {
 public:
  explicit FeatureNetwork(std::string weights) : weights_(std::move(weights)) {}

  // Of images x [N, H, W, C]. The last few sets are remembered, so that metrics of one cell share them.
  std::shared_ptr<const ImageFeatures> of(const Tensor& x, const Dataset& data) const;
  // The metric that `measure` is: it wants labelled images, and its numbers depend on the network.
  Metric metric(std::function<std::vector<MetricValue>(const MetricInput&)> measure, bool by_class) const;

 private:
  std::string weights_;
};

}  // namespace ito::experiments
