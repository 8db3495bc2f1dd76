#include "experiments/laws/data_gaussian.h"

#include "experiments/data/class_moments.h"

namespace ito::experiments {

std::shared_ptr<const Gaussian> data_gaussian(const Dataset& data) {
  if (data.gaussian) return data.gaussian();
  Examples draws = data.draw(0, 0, kDrawsForMoments, -1);
  draws.labels = {};
  const Moments moments = class_moments(draws, 0).front();
  return std::make_shared<const Gaussian>(moments.mean, moments.covariance);
}

}  // namespace ito::experiments
