#include <array>

#include "kernels/permute/permute.h"

namespace ito::kernels::reference {

template <class T>
void permute(std::span<const std::int64_t> shape, std::span<const int> axes, const T* x, T* y) {
  const int rank = static_cast<int>(shape.size());
  std::array<std::int64_t, kMaxPermuteRank> x_stride{};
  std::int64_t count = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    x_stride[axis] = count;
    count *= shape[axis];
  }
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, j = 0;
    for (int d = rank - 1; d >= 0; --d) {
      j += rest % shape[axes[d]] * x_stride[axes[d]];
      rest /= shape[axes[d]];
    }
    y[i] = x[j];
  }
}

template void permute<float>(std::span<const std::int64_t>, std::span<const int>, const float*, float*);
template void permute<double>(std::span<const std::int64_t>, std::span<const int>, const double*, double*);
template void permute<std::int32_t>(std::span<const std::int64_t>, std::span<const int>, const std::int32_t*,
                                    std::int32_t*);

}  // namespace ito::kernels::reference
