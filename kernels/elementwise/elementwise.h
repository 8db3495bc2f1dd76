// One number in, one number out: arithmetic and activations over whole arrays, with their gradients.
//
// Arrays are contiguous, float or double; an output may be one of its inputs, else they must not overlap. An element's
// bits depend on its inputs alone. Functions are math_functions.h's; every other operation is one rounding, and a
// formula written here with fma is one fma.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

// y = f(x), and dx = dy f'(x) from `saved`, which is x or, where that is cheaper, y (gradient_reads_output):
//                  y                     dx
enum class Unary : unsigned char {
  negate,       //  -x                    -dy
  square,       //  x x                   dy (2 x)
  square_root,  //  sqrt x                (dy / 2) / y
  exp,          //  e^x                   dy y
  log,          //  log x                 dy / x
  tanh,         //  tanh x                dy fma(-y, y, 1)
  sigmoid,      //  1 / (1 + e^-x)        dy (y (1 - y))
  silu,         //  x sigmoid(x)          dy (s fma(x, 1 - s, 1)), s = sigmoid(x)
  gelu,         //  x Phi(x)              dy (Phi(x) + x phi(x)); phi, Phi: the normal density and distribution
  gelu_tanh,    //  x sigmoid(2 u)        dy (s + 2 x u' s (1 - s)), s = sigmoid(2 u)
                //                        u = sqrt(2/pi) (x + 0.044715 x^3)
};
inline constexpr int kUnaryCount = 10;

constexpr bool gradient_reads_output(Unary f) {
  return f == Unary::square_root || f == Unary::exp || f == Unary::tanh || f == Unary::sigmoid;
}

template <class T>
void unary(Context& context, Unary f, std::int64_t n, const T* x, T* y);
template <class T>
void unary_gradient(Context& context, Unary f, std::int64_t n, const T* saved, const T* dy, T* dx);

// y = a op b.
enum class Binary : unsigned char { add, subtract, multiply, divide };
inline constexpr int kBinaryCount = 4;

// What b is beside a and y, which are [rows, columns].
enum class Broadcast : unsigned char {
  none,    // [rows, columns]
  row,     // [columns]: the same for every row (a bias)
  column,  // [rows]: one number for each row (a coefficient for each sample)
};
inline constexpr int kBroadcastCount = 3;

template <class T>
void binary(Context& context, Binary op, Broadcast broadcast, std::int64_t rows, std::int64_t columns, const T* a,
            const T* b, T* y);
template <class T>
void binary(Context& context, Binary op, std::int64_t n, const T* a, const T* b, T* y) {
  binary(context, op, Broadcast::none, 1, n, a, b, y);
}

// y = fma(scale, x, shift); scale and shift are rounded to T first. A scale of 1 or a shift of 0 (of -0, to keep a
// zero's sign) makes it an addition or a multiplication, exactly.
template <class T>
void affine(Context& context, std::int64_t n, double scale, const T* x, double shift, T* y);

// y = fma(scale, x, y).
template <class T>
void add_scaled(Context& context, std::int64_t n, double scale, const T* x, T* y);

// y = min(max(x, low), high), NaN stays; dx = dy where low <= x <= high, else 0. InputError unless low <= high.
template <class T>
void clamp(Context& context, std::int64_t n, double low, double high, const T* x, T* y);
template <class T>
void clamp_gradient(Context& context, std::int64_t n, double low, double high, const T* x, const T* dy, T* dx);

namespace reference {  // plain loops in double
template <class T>
void unary(Unary f, std::int64_t n, const T* x, T* y);
template <class T>
void unary_gradient(Unary f, std::int64_t n, const T* saved, const T* dy, T* dx);
template <class T>
void binary(Binary op, Broadcast broadcast, std::int64_t rows, std::int64_t columns, const T* a, const T* b, T* y);
template <class T>
void affine(std::int64_t n, double scale, const T* x, double shift, T* y);
template <class T>
void add_scaled(std::int64_t n, double scale, const T* x, T* y);
template <class T>
void clamp(std::int64_t n, double low, double high, const T* x, T* y);
template <class T>
void clamp_gradient(std::int64_t n, double low, double high, const T* x, const T* dy, T* dx);
}  // namespace reference

namespace simd {
template <class T>
void unary(Context& context, Unary f, std::int64_t n, const T* x, T* y);
template <class T>
void unary_gradient(Context& context, Unary f, std::int64_t n, const T* saved, const T* dy, T* dx);
template <class T>
void binary(Context& context, Binary op, Broadcast broadcast, std::int64_t rows, std::int64_t columns, const T* a,
            const T* b, T* y);
template <class T>
void affine(Context& context, std::int64_t n, double scale, const T* x, double shift, T* y);
template <class T>
void add_scaled(Context& context, std::int64_t n, double scale, const T* x, T* y);
template <class T>
void clamp(Context& context, std::int64_t n, double low, double high, const T* x, T* y);
template <class T>
void clamp_gradient(Context& context, std::int64_t n, double low, double high, const T* x, const T* dy, T* dx);
}  // namespace simd

}  // namespace ito::kernels
