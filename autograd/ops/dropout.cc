// Dropout by counters; what is dropped is computed again for the gradient, not kept.
#include "kernels/dropout/dropout.h"

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

Tensor dropped(const Tensor& x, double rate, const RandomKey& key, std::int64_t first_sample) {
  const Tensor packed = x.packed();
  Tensor y = Tensor::like(x);
  const std::int64_t samples = x.dim(0), elements = samples == 0 ? 0 : x.size() / samples;
  with_float_type(x.dtype(), [&]<class T>() {
    kernels::dropout<T>(context(x), key, rate, first_sample, samples, elements, packed.span<T>().data(),
                        y.mutable_span<T>().data());
  });
  return y;
}

}  // namespace

Tensor dropout(const Tensor& x, double rate, const RandomKey& key, std::int64_t first_sample) {
  require(x.defined() && x.rank() >= 1, "dropout() takes a tensor with at least one axis");
  if (rate == 0) return x;
  Tensor y = dropped(x, rate, key, first_sample);
  record(
      "dropout", y, {x},
      [rate, key, first_sample](const Tensor& dy) { return Grads{dropped(dy, rate, key, first_sample)}; },
      Keeps::nothing);
  return y;
}

}  // namespace ito
