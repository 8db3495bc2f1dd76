#include "experiments/models/patches.h"

#include "autograd/ops/ops.h"

namespace ito::experiments {

Tensor to_patches(const Tensor& x, std::int64_t p) {
  if (p == 1) return x;
  require(x.rank() == 4 && x.dim(1) % p == 0 && x.dim(2) % p == 0, "the patches do not cover the image");
  const std::int64_t n = x.dim(0), h = x.dim(1) / p, w = x.dim(2) / p, c = x.dim(3);
  return permute(x.reshape({n, h, p, w, p, c}), {0, 1, 3, 2, 4, 5}).reshape({n, h, w, p * p * c});
}

Tensor from_patches(const Tensor& x, std::int64_t p) {
  if (p == 1) return x;
  require(x.rank() == 4 && x.dim(3) % (p * p) == 0, "the channels are not whole patches");
  const std::int64_t n = x.dim(0), h = x.dim(1), w = x.dim(2), c = x.dim(3) / (p * p);
  return permute(x.reshape({n, h, w, p, p, c}), {0, 1, 3, 2, 4, 5}).reshape({n, h * p, w * p, c});
}

}  // namespace ito::experiments
