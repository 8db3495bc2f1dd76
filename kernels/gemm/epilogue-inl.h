// What follows the sum, on a piece of C that is still in L1: bias, then activation. Included once for each target.
#include "kernels/core/highway-inl.h"
#include "kernels/core/math-inl.h"

#if defined(ITO_KERNELS_GEMM_EPILOGUE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ITO_KERNELS_GEMM_EPILOGUE_INL_H_
#undef ITO_KERNELS_GEMM_EPILOGUE_INL_H_
#else
#define ITO_KERNELS_GEMM_EPILOGUE_INL_H_
#endif

#include <algorithm>

#include "kernels/gemm/gemm.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// C = activation(C + bias) on `rows` x `columns` at c; bias stands at the piece's first column. pre, if not null,
// receives C + bias and is laid out as C.
template <class T>
void gemm_epilogue(const T* bias, GemmActivation activation, T* pre, T* c, std::int64_t c_stride, std::int64_t rows,
                   std::int64_t columns) {
  const auto on_rows = [&](auto f) HWY_ATTR {
    for (T* row = c; row != c + rows * c_stride; row += c_stride)
      map_range(0, columns, row, f, static_cast<const T*>(row));
  };
  if (bias != nullptr) {
    const auto add = [](auto, auto x, auto b) HWY_ATTR { return hn::Add(x, b); };
    for (T* row = c; row != c + rows * c_stride; row += c_stride)
      map_range(0, columns, row, add, static_cast<const T*>(row), bias);
  }
  if (pre != nullptr)
    for (std::int64_t i = 0; i < rows; ++i) std::copy_n(c + i * c_stride, columns, pre + i * c_stride);
  switch (activation) {
    case GemmActivation::none:
      return;
    case GemmActivation::silu:
      return on_rows([](auto d, auto x) HWY_ATTR { return math_silu(d, x); });
    case GemmActivation::gelu:
      return on_rows([](auto d, auto x) HWY_ATTR { return math_gelu(d, x); });
    case GemmActivation::gelu_tanh:
      return on_rows([](auto d, auto x) HWY_ATTR { return math_gelu_tanh(d, x); });
    case GemmActivation::tanh:
      return on_rows([](auto d, auto x) HWY_ATTR { return math_tanh(d, x); });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
