// Metric: numbers about the samples of one cell. Each is printed beside its floor: the same number for fresh data.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "experiments/data/dataset.h"
#include "samplers/factories.h"

namespace ito::experiments {

struct MetricValue {
  std::string name;  // "w2"; metrics with several numbers add a suffix: "field_rms[t=0.10]"
  double value = 0;
  std::optional<double> floor;  // the same number for two fresh data samples of the same size and seed
  // The larger, the further from the data: at its floor or below it a value says no more than that. Other numbers (a
  // radius, an accuracy) have a floor to be read beside, on whichever side they lie.
  bool distance = false;
};

// What a metric may look at. Reference draws depend on the seed and on nothing that a sweep varies otherwise, so
// samplers are compared paired.
struct MetricInput {
  std::uint64_t seed = 0;
  const Dataset& data;
  const Tensor& samples;      // [N, ...] float
  const Tensor& condition;    // int32 [N] as asked of the sampler, or undefined
  const Examples& reference;  // N fresh examples (of the same classes where a condition was asked)
  const Examples& second;     // N others, for the floor

  // For metrics of the error against the known answer; empty or null where a cell has none.
  const Denoiser* model = nullptr;         // on `path`, with guidance
  const Denoiser* network = nullptr;       // on `path`, without guidance
  const Denoiser* exact = nullptr;         // the data's own formula on `path`, without guidance
  const Denoiser* exact_guided = nullptr;  // the same with the cell's guidance
  std::string exact_key = {};  // hash of what chose exact_guided: the guidance, and an exact model's own parameters
  PathPtr path;
  const Grid* grid = nullptr;
  const Tensor* start = nullptr;  // x at grid->front(), from which `samples` were made
  double guidance_w = 1;
  // The labelled law that metrics of classes and of guidance ask: the data's own, else the one fitted for its exact
  // model; null: input.data.mixture.
  std::shared_ptr<const GaussianMixture> mixture = nullptr;
};

using Metric = std::function<std::vector<MetricValue>(const MetricInput&)>;

}  // namespace ito::experiments

namespace ito {
template <>
struct Kind<experiments::Metric> {
  static constexpr const char* name = "metric";
  using Make = std::function<experiments::Metric(const Parameters&)>;
};
}  // namespace ito
