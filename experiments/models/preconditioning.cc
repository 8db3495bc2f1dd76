#include "experiments/models/preconditioning.h"

#include <cmath>

#include "autograd/ops/ops.h"
#include "kernels/core/math.h"

namespace ito::experiments {

Preconditioning::Preconditioning(std::span<const double> lambda, double sigma_data) {
  for (const double l : lambda) {
    // a^2 = sigmoid(2 lambda), b^2 = sigmoid(-2 lambda): neither loses digits at either end.
    const double a2 = math::sigmoid(2 * l), b2 = math::sigmoid(-2 * l), sd2 = sigma_data * sigma_data;
    const double p = b2 + sd2 * a2;
    skip.push_back(sd2 * std::sqrt(a2) / p);
    out.push_back(std::sqrt(b2) * sigma_data / std::sqrt(p));
    in.push_back(1 / std::sqrt(p));
  }
}

Tensor preconditioned(const Tensor& x, std::span<const double> lambda, double sigma_data,
                      const std::function<Tensor(const Tensor& input)>& network) {
  require(static_cast<std::int64_t>(lambda.size()) == x.dim(0), "preconditioning takes lambda of each sample");
  const Preconditioning c(lambda, sigma_data);
  return add(scale_per_sample(x, c.skip), scale_per_sample(network(scale_per_sample(x, c.in)), c.out));
}

}  // namespace ito::experiments
