// Metric: numbers about the samples of one cell. Each is printed beside its floor: the same number for fresh data, or
// for exact_error, which compares with a computed solution and not with draws, that solution's own estimated error.
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
  std::optional<double> floor;  // the same number for two fresh data samples of the same size and seed (or see above)
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
  const Examples& second;     // N others, for the floor; undefined where a finite set has fewer than 2 N

  // For metrics of the error against the known answer; empty or null where a cell has none.
  const Denoiser* model = nullptr;         // on `path`, with guidance
  const Denoiser* network = nullptr;       // on `path`, without guidance
  const Denoiser* exact = nullptr;         // the data's own formula on `path`, without guidance
  const Denoiser* exact_guided = nullptr;  // the same with the cell's guidance; maybe on another path, of wider range
  std::string model_key = {};  // hash of what decides `model`'s answers: weights, their path, guidance; empty: unknown
  std::string exact_key = {};  // hash of what chose exact_guided: the guidance, and an exact model's own parameters
  PathPtr path;
  const Grid* grid = nullptr;
  const Tensor* start = nullptr;  // x at grid->front(), from which `samples` were made
  const Tensor* ends = nullptr;   // `samples` in the type they were computed in; null: float
  double guidance_w = 1;
};

struct Metric {
  // InputError where the input lacks what the metric is about: a cell is never left empty without a word.
  std::function<std::vector<MetricValue>(const MetricInput&)> measure;
  // What `data` have none of and it needs ("labels"), "" where nothing; absent: any data will do. Asked before a sample
  // is drawn.
  std::function<std::string(const Dataset& data)> lacks = {};
  bool by_class = false;  // it is about the classes that were asked for, so some must have been
  // A hash of what its numbers depend on beside its parameters and the samples (a network's weights): part of a cell's
  // key. Absent: nothing. InputError where that cannot be had.
  std::function<std::string(const Dataset& data)> depends_on = {};
  // Present where it asks the cell's model at times down to the grid's last, which the walk itself does not: refuses a
  // path and a grid on which it could not, before a network is trained.
  std::function<void(const Path& path, const Grid& grid)> check_end = {};

  std::vector<MetricValue> operator()(const MetricInput& input) const { return measure(input); }
};

inline std::string lacks_exact_formula(const Dataset& data) { return data.exact.empty() ? "exact formula" : ""; }

}  // namespace ito::experiments

namespace ito {
template <>
struct Kind<experiments::Metric> {
  static constexpr const char* name = "metric";
  using Make = std::function<experiments::Metric(const Parameters&)>;
};
}  // namespace ito
