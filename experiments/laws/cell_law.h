// What `ito exact` knows of a recipe's cells: the law of the sampler's end where the data are taken for the Gaussian
// with their mean and covariance and the denoiser is exact (samplers/exact/sampler_law.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "experiments/run/plan.h"
#include "samplers/exact/diagonal_gaussian.h"

namespace ito::experiments {

struct CellLaw {
  int section = 0;
  std::map<std::string, Value> axes;  // those that a law depends on: of data, path, grid, sampler and guidance
  std::string reason;                 // why there is no law; empty where there is one
  std::int64_t evaluations = 0;       // of the denoiser, a sample
  DiagonalGaussian data, end;         // along the axes of the data's covariance, variances falling
  double w2 = 0;                      // between the sampler's law and the data's
  double w2_end = 0;                  // ... and the data's at the grid's last time, alpha x_0 + sigma eps
  double kl = 0, kl_reverse = 0;      // KL(sampler || data), KL(data || sampler), in nats; may be +inf
};

// One for each choice of those axes, in the plan's order. Models, training and metrics are not looked at. InputError
// where a cell's data, path or grid cannot be made.
std::vector<CellLaw> cell_laws(const Plan& plan);

}  // namespace ito::experiments
