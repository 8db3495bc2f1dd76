#include "kernels/permute/permute.h"

#include "kernels/core/backend.h"

namespace ito::kernels {

template <class T>
void permute(Context& context, std::span<const std::int64_t> shape, std::span<const int> axes, const T* x, T* y) {
  require_backend(context, "permute");
  require(shape.size() <= kMaxPermuteRank, "permute: expected a rank of at most 6");
  require(shape.size() == axes.size(), "permute: expected one axis for each dimension");
  unsigned seen = 0;
  for (const int axis : axes) {
    require(axis >= 0 && axis < static_cast<int>(axes.size()), "permute: an axis is outside the tensor's rank");
    require((seen >> axis & 1u) == 0, "permute: an axis is named twice");
    seen |= 1u << axis;
  }
  for (const std::int64_t size : shape) {
    require(size >= 0, "permute: a size is negative");
    if (size == 0) return;
  }
  simd::permute(context, shape, axes, x, y);
}

template <class T>
void transpose(Context& context, std::int64_t rows, std::int64_t columns, const T* x, T* y) {
  const std::int64_t shape[] = {rows, columns};
  const int axes[] = {1, 0};
  permute<T>(context, shape, axes, x, y);
}

template void permute<float>(Context&, std::span<const std::int64_t>, std::span<const int>, const float*, float*);
template void permute<double>(Context&, std::span<const std::int64_t>, std::span<const int>, const double*, double*);
template void permute<std::int32_t>(Context&, std::span<const std::int64_t>, std::span<const int>, const std::int32_t*,
                                    std::int32_t*);
template void transpose<float>(Context&, std::int64_t, std::int64_t, const float*, float*);
template void transpose<double>(Context&, std::int64_t, std::int64_t, const double*, double*);
template void transpose<std::int32_t>(Context&, std::int64_t, std::int64_t, const std::int32_t*, std::int32_t*);

}  // namespace ito::kernels
