#include "tests/kernels/math_lanes.h"

#include <cstdint>

#include "kernels/core/math.h"
#include "kernels/core/math_scalar.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/kernels/math_lanes.cc"
#include <hwy/foreach_target.h>
#include "kernels/core/highway-inl.h"
#include "kernels/core/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

template <class T, class F>
HWY_NOINLINE void over(std::span<const T> x, std::span<T> y, const F& f) {
  map_range(0, static_cast<std::int64_t>(x.size()), y.data(), f, x.data());
}

#define ITO_LANES(name)                                                    \
  template <class T>                                                       \
  void lanes_##name(std::span<const T> x, std::span<T> y) {                \
    over(x, y, [](auto d, auto v) HWY_ATTR { return math_##name(d, v); }); \
  }
ITO_LANES(exp)
ITO_LANES(expm1)
ITO_LANES(log)
ITO_LANES(log1p)
ITO_LANES(sin)
ITO_LANES(cos)
ITO_LANES(tan)
ITO_LANES(atan)
ITO_LANES(acos)
ITO_LANES(tanh)
ITO_LANES(erf)
ITO_LANES(erfinv)
ITO_LANES(sigmoid)
ITO_LANES(logit)
ITO_LANES(silu)
ITO_LANES(silu_derivative)
ITO_LANES(gelu)
ITO_LANES(gelu_derivative)
ITO_LANES(gelu_tanh)
ITO_LANES(gelu_tanh_derivative)
#undef ITO_LANES

template <class T>
void lanes_pow(std::span<const T> x, std::span<const T> y, std::span<T> z) {
  map_range(
      0, static_cast<std::int64_t>(x.size()), z.data(),
      [](auto d, auto a, auto b) HWY_ATTR { return math_pow(d, a, b); }, x.data(), y.data());
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels {

template <class T>
std::span<const LaneFunction<T>> lane_functions() {
  namespace scalar = math::scalar;
  using O = scalar::Operations<T>;
#define ITO_LANES(name)                                                                                  \
  {                                                                                                      \
#name, [](T x) { return math::name(x); }, [](std::span <const T> x,                                    \
                                                 std::span <T> y) { ITO_DISPATCH(lanes_##name<T>)          \
                                                                    (x, y); } \
  }
#define ITO_LANES_SCALAR(name)                                                                                  \
  {                                                                                                             \
#name, [](T x) { return scalar::name(O{}, x); }, [](std::span <const T> x,                                    \
                                                        std::span <T> y) { ITO_DISPATCH(lanes_##name<T>)          \
                                                                           (x, y); } \
  }
  static const LaneFunction<T> functions[] = {
      ITO_LANES(exp),
      ITO_LANES(expm1),
      ITO_LANES(log),
      ITO_LANES(log1p),
      ITO_LANES(sin),
      ITO_LANES(cos),
      ITO_LANES(tan),
      ITO_LANES(atan),
      ITO_LANES(acos),
      ITO_LANES(tanh),
      ITO_LANES(erf),
      ITO_LANES(erfinv),
      ITO_LANES(sigmoid),
      ITO_LANES(logit),
      ITO_LANES_SCALAR(silu),
      ITO_LANES_SCALAR(silu_derivative),
      ITO_LANES_SCALAR(gelu),
      ITO_LANES_SCALAR(gelu_derivative),
      ITO_LANES_SCALAR(gelu_tanh),
      ITO_LANES_SCALAR(gelu_tanh_derivative),
  };
#undef ITO_LANES
#undef ITO_LANES_SCALAR
  return functions;
}
template std::span<const LaneFunction<float>> lane_functions();
template std::span<const LaneFunction<double>> lane_functions();

template <class T>
void lane_pow(std::span<const T> x, std::span<const T> y, std::span<T> z) {
  ITO_DISPATCH(lanes_pow<T>)(x, y, z);
}
template void lane_pow(std::span<const float>, std::span<const float>, std::span<float>);
template void lane_pow(std::span<const double>, std::span<const double>, std::span<double>);

}  // namespace ito::kernels
#endif
