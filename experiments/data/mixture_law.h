// Labelled Gaussian mixtures with one width for all components: sets whose denoiser is exact.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiments/data/dataset.h"

namespace ito::experiments {

// p(x) = sum_k weights[k] N(means[k], width^2 I); component k is of class labels[k].
struct MixtureLaw {
  std::string name;
  std::string hash;
  std::vector<double> weights;             // need not sum to 1
  std::vector<std::vector<double>> means;  // all of one dimension
  std::vector<std::int32_t> labels;        // 0 .. classes - 1
  double width = 0;
  std::vector<std::string> class_names;
};

// Moves and scales the law so that its mean is 0 and the mean square of a coordinate is 1.
void standardise(MixtureLaw& law);

// With the exact formula "mixture".
std::shared_ptr<const Dataset> mixture_dataset(MixtureLaw law);

}  // namespace ito::experiments
