#include <limits>
#include <vector>

#include "kernels/pooling/pooling.h"
#include "kernels/pooling/window.h"

namespace ito::kernels::reference {
namespace {

struct Window {
  PoolRange rows, columns;
  double count;

  // f(element of a sample's first channel), rows before columns.
  template <class F>
  void each(const Pooling& p, const F& f) const {
    for (std::int64_t h = rows.begin; h < rows.end; ++h)
      for (std::int64_t w = columns.begin; w < columns.end; ++w) f((h * p.width + w) * p.channels);
  }
};

Window window_of(const Pooling& p, std::int64_t i, std::int64_t j) {
  const PoolRange rows = pool_rows(p, i), columns = pool_columns(p, j);
  return {rows, columns, static_cast<double>(pool_count(p, rows, columns))};
}

// f(window, first element of the sample in x, element of y) for every output of every channel c.
template <class F>
void each_output(const Pooling& p, const F& f) {
  std::int64_t out = 0;
  for (std::int64_t n = 0; n < p.samples; ++n)
    for (std::int64_t i = 0; i < p.out_height(); ++i)
      for (std::int64_t j = 0; j < p.out_width(); ++j)
        for (std::int64_t c = 0; c < p.channels; ++c)
          f(window_of(p, i, j), n * p.height * p.width * p.channels + c, out++);
}

template <class T>
void give(const std::vector<double>& sums, T* to) {
  for (std::size_t i = 0; i < sums.size(); ++i) to[i] = static_cast<T>(sums[i]);
}

std::vector<double> zeros(const Pooling& p) {
  return std::vector<double>(static_cast<std::size_t>(p.samples * p.height * p.width * p.channels));
}

}  // namespace

template <class T>
void average_pool(const Pooling& p, const T* x, T* y) {
  each_output(p, [&](const Window& window, std::int64_t first, std::int64_t out) {
    double sum = 0;
    window.each(p, [&](std::int64_t at) { sum += static_cast<double>(x[first + at]); });
    y[out] = static_cast<T>(sum / window.count);
  });
}

template <class T>
void average_pool_gradient(const Pooling& p, const T* dy, T* dx) {
  std::vector<double> sums = zeros(p);
  each_output(p, [&](const Window& window, std::int64_t first, std::int64_t out) {
    const double share = static_cast<double>(dy[out]) / window.count;
    window.each(p, [&](std::int64_t at) { sums[static_cast<std::size_t>(first + at)] += share; });
  });
  give(sums, dx);
}

template <class T>
void max_pool(const Pooling& p, const T* x, T* y) {
  each_output(p, [&](const Window& window, std::int64_t first, std::int64_t out) {
    T largest = -std::numeric_limits<T>::infinity();
    window.each(p, [&](std::int64_t at) {
      if (x[first + at] > largest || x[first + at] != x[first + at]) largest = x[first + at];
    });
    y[out] = largest;
  });
}

template <class T>
void max_pool_gradient(const Pooling& p, const T* x, const T* dy, T* dx) {
  std::vector<double> sums = zeros(p);
  each_output(p, [&](const Window& window, std::int64_t first, std::int64_t out) {
    std::int64_t best = -1;
    window.each(p, [&](std::int64_t at) {
      const bool better = best < 0 || x[first + at] > x[best];
      const bool first_nan = x[first + at] != x[first + at] && best >= 0 && x[best] == x[best];
      if (better || first_nan) best = first + at;
    });
    sums[static_cast<std::size_t>(best)] += static_cast<double>(dy[out]);
  });
  give(sums, dx);
}

#define ITO_INSTANTIATE(T)                                              \
  template void average_pool<T>(const Pooling&, const T*, T*);          \
  template void average_pool_gradient<T>(const Pooling&, const T*, T*); \
  template void max_pool<T>(const Pooling&, const T*, T*);              \
  template void max_pool_gradient<T>(const Pooling&, const T*, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
