#include "samplers/noise.h"

namespace ito {
namespace {

// z for samples first_sample, first_sample + 1, ... of [N, ...].
Tensor normal(const Shape& shape, DType dtype, const RandomKey& key, std::int64_t first_sample) {
  require(shape.rank() > 0, "noise is drawn for a batch: [N, ...]");
  Tensor z = Tensor::empty(shape, dtype);
  const std::int64_t samples = shape[0];
  if (z.size() == 0) return z;
  with_float_type(dtype, [&]<class T>() {
    kernels::normal<T>(context(z), key, first_sample, samples, z.size() / samples, z.mutable_span<T>().data());
  });
  return z;
}

}  // namespace

Noise counter_noise(std::uint64_t seed, std::int64_t first_sample) {
  return [seed, first_sample](const NoiseRequest& request) {
    const RandomKey key(seed, static_cast<std::uint32_t>(request.step), Stream::step_noise,
                        static_cast<std::uint32_t>(request.substep));
    return normal(request.like.shape(), request.like.dtype(), key, first_sample);
  };
}

Tensor initial_noise(const Shape& shape, DType dtype, std::uint64_t seed, std::int64_t first_sample) {
  return normal(shape, dtype, RandomKey(seed, 0, Stream::initial_noise), first_sample);
}

}  // namespace ito
