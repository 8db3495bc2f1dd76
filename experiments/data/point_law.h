// Analytic laws as data sets: a formula from uniform and normal numbers to a point, drawn by counters.
//
// Example number i of a seed takes its class from Stream::label and its numbers from Stream::data, sample i (the bits
// above 32 go to the counter's step): it depends on neither the count nor where a draw begins.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "experiments/data/dataset.h"

namespace ito::experiments {

inline constexpr int kUniforms = 4;

// What a formula is given for one example: its class (0 where the law has none), kUniforms numbers in (0, 1), and as
// many standard normal numbers as the point has coordinates.
struct PointNumbers {
  std::int32_t label;
  const double* u;
  const double* z;
};

struct PointLaw {
  std::string name;
  std::int64_t dimension = 2;
  std::vector<double> class_weights = {};  // empty: no labels
  std::vector<std::string> class_names = {};
  std::string hash;
  std::function<void(const PointNumbers&, double* x)> formula;
};

// The data set of a law; its `exact` and `mixture` are for the caller to fill.
std::shared_ptr<Dataset> point_dataset(PointLaw law);

// SHA-256 of a law's name, numerics and resolved parameters.
std::string law_hash(const std::string& name, int numerics, const Parameters& parameters);

// The first index whose cumulative weight exceeds u * total. `cumulative` rises and is not empty.
std::size_t pick(const std::vector<double>& cumulative, double u);
std::vector<double> cumulated(const std::vector<double>& weights);

}  // namespace ito::experiments
