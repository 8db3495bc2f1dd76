// The elementary functions on plain floats and doubles, for scalar code that wants them inlined; math.h has them as
// ordinary functions.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/core/large_argument.h"

namespace ito::math::scalar {

template <class T>
struct Operations {
  using Scalar = T;
  using V = T;
  using M = bool;
  using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

  static T set(double c) { return static_cast<T>(c); }
  static T infinity() { return std::numeric_limits<T>::infinity(); }
  static T nan() { return std::numeric_limits<T>::quiet_NaN(); }
  static T fma(T a, T b, T c) { return std::fma(a, b, c); }
  static T nfma(T a, T b, T c) { return std::fma(-a, b, c); }
  static T select(bool m, T yes, T no) { return m ? yes : no; }
  static bool both(bool a, bool b) { return a && b; }
  static bool either(bool a, bool b) { return a || b; }
  static bool invert(bool a) { return !a; }
  static T neg(T x) { return -x; }
  static T abs(T x) { return std::fabs(x); }
  static T copysign(T magnitude, T sign) { return std::copysign(magnitude, sign); }
  static T sqrt(T x) { return std::sqrt(x); }
  static T floor(T x) { return std::floor(x); }
  static U bits(T x) { return std::bit_cast<U>(x); }
  static T from_bits(U u) { return std::bit_cast<T>(u); }
  static U set_bits(std::uint64_t u) { return static_cast<U>(u); }
  template <int n>
  static U shl(U u) {
    return u << n;
  }
  template <int n>
  static U shr(U u) {
    return u >> n;
  }
  static T patch(bool m, T v, T x, T (*f)(T)) { return m ? f(x) : v; }
  template <class F, class... X>
  static float through_double(F f, X... x) {
    return static_cast<float>(f(Operations<double>{}, static_cast<double>(x)...));
  }
};

#define ITO_MATH_INLINE inline __attribute__((always_inline))
#include "kernels/core/math_functions.h"
#undef ITO_MATH_INLINE

}  // namespace ito::math::scalar
