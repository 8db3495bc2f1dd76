#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/resampling/resampling.h"

namespace ito::kernels::reference {
namespace {

// The weight of source element `from` in output element `to` of one axis: a triangle of width 2 about the source
// coordinate, what falls outside the image going to its edge.
double weight(std::int64_t to, std::int64_t out, std::int64_t from, std::int64_t in) {
  const double s = (static_cast<double>(to) + 0.5) * (static_cast<double>(in) / static_cast<double>(out)) - 0.5;
  const double inside = std::clamp(s, 0.0, static_cast<double>(in - 1));
  return std::max(0.0, 1 - std::fabs(inside - static_cast<double>(from)));
}

// f(element of x, element of y, weight of x in y) for all pairs whose weight is not 0.
template <class F>
void each_pair(const ImageShape& s, std::int64_t out_h, std::int64_t out_w, const F& f) {
  for (std::int64_t n = 0; n < s.samples; ++n)
    for (std::int64_t i = 0; i < out_h; ++i)
      for (std::int64_t j = 0; j < out_w; ++j)
        for (std::int64_t h = 0; h < s.height; ++h)
          for (std::int64_t w = 0; w < s.width; ++w) {
            const double both = weight(i, out_h, h, s.height) * weight(j, out_w, w, s.width);
            if (both == 0) continue;
            for (std::int64_t c = 0; c < s.channels; ++c)
              f(((n * s.height + h) * s.width + w) * s.channels + c, ((n * out_h + i) * out_w + j) * s.channels + c,
                both);
          }
}

// f(element of x, element of y) for every copy.
template <class F>
void each_copy(const ImageShape& s, std::int64_t factor_h, std::int64_t factor_w, const F& f) {
  const std::int64_t out_h = s.height * factor_h, out_w = s.width * factor_w;
  for (std::int64_t n = 0; n < s.samples; ++n)
    for (std::int64_t i = 0; i < out_h; ++i)
      for (std::int64_t j = 0; j < out_w; ++j)
        for (std::int64_t c = 0; c < s.channels; ++c)
          f(((n * s.height + i / factor_h) * s.width + j / factor_w) * s.channels + c,
            ((n * out_h + i) * out_w + j) * s.channels + c);
}

template <class T>
void give(const std::vector<double>& sums, T* to) {
  for (std::size_t i = 0; i < sums.size(); ++i) to[i] = static_cast<T>(sums[i]);
}

std::vector<double> zeros(const ImageShape& s, std::int64_t height, std::int64_t width) {
  return std::vector<double>(static_cast<std::size_t>(s.samples * height * width * s.channels));
}

}  // namespace

template <class T>
void upsample_nearest(const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w, const T* x, T* y) {
  each_copy(shape, factor_h, factor_w, [&](std::int64_t from, std::int64_t to) { y[to] = x[from]; });
}

template <class T>
void upsample_nearest_gradient(const ImageShape& shape, std::int64_t factor_h, std::int64_t factor_w, const T* dy,
                               T* dx) {
  std::vector<double> sums = zeros(shape, shape.height, shape.width);
  each_copy(shape, factor_h, factor_w, [&](std::int64_t from, std::int64_t to) {
    sums[static_cast<std::size_t>(from)] += static_cast<double>(dy[to]);
  });
  give(sums, dx);
}

template <class T>
void resize_bilinear(const ImageShape& shape, std::int64_t out_height, std::int64_t out_width, const T* x, T* y) {
  std::vector<double> sums = zeros(shape, out_height, out_width);
  each_pair(shape, out_height, out_width, [&](std::int64_t from, std::int64_t to, double w) {
    sums[static_cast<std::size_t>(to)] += w * static_cast<double>(x[from]);
  });
  give(sums, y);
}

template <class T>
void resize_bilinear_gradient(const ImageShape& shape, std::int64_t out_height, std::int64_t out_width, const T* dy,
                              T* dx) {
  std::vector<double> sums = zeros(shape, shape.height, shape.width);
  each_pair(shape, out_height, out_width, [&](std::int64_t from, std::int64_t to, double w) {
    sums[static_cast<std::size_t>(from)] += w * static_cast<double>(dy[to]);
  });
  give(sums, dx);
}

#define ITO_INSTANTIATE(T)                                                                                 \
  template void upsample_nearest<T>(const ImageShape&, std::int64_t, std::int64_t, const T*, T*);          \
  template void upsample_nearest_gradient<T>(const ImageShape&, std::int64_t, std::int64_t, const T*, T*); \
  template void resize_bilinear<T>(const ImageShape&, std::int64_t, std::int64_t, const T*, T*);           \
  template void resize_bilinear_gradient<T>(const ImageShape&, std::int64_t, std::int64_t, const T*, T*);
ITO_INSTANTIATE(float)
ITO_INSTANTIATE(double)
#undef ITO_INSTANTIATE

}  // namespace ito::kernels::reference
