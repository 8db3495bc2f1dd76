// The Gaussian that a data set is taken for where samplers are judged by exact laws.
#pragma once

#include <memory>

#include "experiments/data/dataset.h"
#include "samplers/exact/gaussian.h"

namespace ito::experiments {

// How many draws stand for a law whose moments are not known in closed form.
inline constexpr std::int64_t kDrawsForMoments = 1 << 17;

// Dataset::gaussian, else the Gaussian with the mean and covariance of draws 0 .. kDrawsForMoments - 1 of seed 0.
std::shared_ptr<const Gaussian> data_gaussian(const Dataset& data);

}  // namespace ito::experiments
