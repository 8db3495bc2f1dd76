#include <cmath>

#include "kernels/elementwise/elementwise.h"

namespace ito::kernels::reference {
namespace {

const double kRootTwoOverPi = std::sqrt(2 / std::acos(-1.0));

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double normal_distribution(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
double normal_density(double x) { return std::exp(-x * x / 2) * kRootTwoOverPi / 2; }
double tanh_argument(double x) { return 2 * kRootTwoOverPi * (x + 0.044715 * x * x * x); }

double value(Unary f, double x) {
  switch (f) {
    case Unary::negate:
      return -x;
    case Unary::square:
      return x * x;
    case Unary::square_root:
      return std::sqrt(x);
    case Unary::exp:
      return std::exp(x);
    case Unary::log:
      return std::log(x);
    case Unary::tanh:
      return std::tanh(x);
    case Unary::sigmoid:
      return sigmoid(x);
    case Unary::silu:
      return x * sigmoid(x);
    case Unary::gelu:
      return x * normal_distribution(x);
    case Unary::gelu_tanh:
      return x * sigmoid(tanh_argument(x));
  }
  return NAN;
}

// `saved` is x, or y where gradient_reads_output.
double derivative(Unary f, double saved) {
  const double x = saved, y = saved;
  switch (f) {
    case Unary::negate:
      return -1;
    case Unary::square:
      return 2 * x;
    case Unary::square_root:
      return 0.5 / y;
    case Unary::exp:
      return y;
    case Unary::log:
      return 1 / x;
    case Unary::tanh:
      return 1 - y * y;
    case Unary::sigmoid:
      return y * (1 - y);
    case Unary::silu:
      return sigmoid(x) * (1 + x * sigmoid(-x));
    case Unary::gelu:
      return normal_distribution(x) + x * normal_density(x);
    case Unary::gelu_tanh: {
      const double u = tanh_argument(x), du = 2 * kRootTwoOverPi * (1 + 3 * 0.044715 * x * x);
      return sigmoid(u) * (1 + x * du * sigmoid(-u));
    }
  }
  return NAN;
}

double value(Binary op, double a, double b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::subtract:
      return a - b;
    case Binary::multiply:
      return a * b;
    case Binary::divide:
      return a / b;
  }
  return NAN;
}

}  // namespace

template <class T>
void unary(Unary f, std::int64_t n, const T* x, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(value(f, static_cast<double>(x[i])));
}

template <class T>
void unary_gradient(Unary f, std::int64_t n, const T* saved, const T* dy, T* dx) {
  for (std::int64_t i = 0; i < n; ++i)
    dx[i] = static_cast<T>(static_cast<double>(dy[i]) * derivative(f, static_cast<double>(saved[i])));
}

template <class T>
void binary(Binary op, Broadcast broadcast, std::int64_t rows, std::int64_t columns, const T* a, const T* b, T* y) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::int64_t i = r * columns + c;
      const T other = b[broadcast == Broadcast::none ? i : broadcast == Broadcast::row ? c : r];
      y[i] = static_cast<T>(value(op, static_cast<double>(a[i]), static_cast<double>(other)));
    }
}

template <class T>
void affine(std::int64_t n, double scale, const T* x, double shift, T* y) {
  for (std::int64_t i = 0; i < n; ++i)
    y[i] =
        static_cast<T>(static_cast<double>(static_cast<T>(scale)) * x[i] + static_cast<double>(static_cast<T>(shift)));
}

template <class T>
void add_scaled(std::int64_t n, double scale, const T* x, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(static_cast<double>(static_cast<T>(scale)) * x[i] + y[i]);
}

template <class T>
void clamp(std::int64_t n, double low, double high, const T* x, T* y) {
  const T l = static_cast<T>(low), h = static_cast<T>(high);
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] < l ? l : x[i] > h ? h : x[i];
}

template <class T>
void clamp_gradient(std::int64_t n, double low, double high, const T* x, const T* dy, T* dx) {
  const T l = static_cast<T>(low), h = static_cast<T>(high);
  for (std::int64_t i = 0; i < n; ++i) dx[i] = x[i] >= l && x[i] <= h ? dy[i] : T(0);
}

#define ITO_INSTANTIATE(T)                                                                        \
  template void unary<T>(Unary, std::int64_t, const T*, T*);                                      \
  template void unary_gradient<T>(Unary, std::int64_t, const T*, const T*, T*);                   \
  template void binary<T>(Binary, Broadcast, std::int64_t, std::int64_t, const T*, const T*, T*); \
  template void affine<T>(std::int64_t, double, const T*, double, T*);                            \
  template void add_scaled<T>(std::int64_t, double, const T*, T*);                                \
  template void clamp<T>(std::int64_t, double, double, const T*, T*);                             \
  template void clamp_gradient<T>(std::int64_t, double, double, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
