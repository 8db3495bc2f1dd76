// Where a stochastic step takes its standard normal numbers from.
#pragma once

#include <cstdint>
#include <functional>

#include "autograd/tensor.h"
#include "kernels/random/random.h"
#include "samplers/quantities.h"

namespace ito {

// A request for z ~ N(0, I) for one step (or a sub-step of it) of every sample of a batch.
struct NoiseRequest {
  const Tensor& like;  // [N, ...]: shape and type
  int step = 0;
  int substep = 0;
  Time from, to;  // what part of the path the noise is for, from > to; counter noise does not ask
  double nu = 1;  // of the SDE that is stepped: its Brownian path runs in tau = exp(2 nu^2 lambda)
};
using Noise = std::function<Tensor(const NoiseRequest&)>;

// Philox by (element, first_sample + n, step, Stream::step_noise, substep): sample n's noise does not depend on the
// batch it stands in. A Brownian path, the other source, is in brownian.h.
Noise counter_noise(std::uint64_t seed, std::int64_t first_sample = 0);

// x_T / sigma(T): Stream::initial_noise.
Tensor initial_noise(const Shape& shape, DType dtype, std::uint64_t seed, std::int64_t first_sample = 0);

}  // namespace ito
