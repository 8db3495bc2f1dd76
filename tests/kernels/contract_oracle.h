// The contract's orders of summation in plain scalar lines: what every backend must equal, byte for byte. The numbers
// stand here a second time on purpose; kernels/core/contract.h changed without this file is a failing test.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/core/math_scalar.h"

namespace ito::oracle {

// Contiguous reduction: chunks of 4,096; lane i of 16 starts at +0 and takes i, i + 16, ... by step(lane, index); lanes
// fold 8, 4, 2, 1; chunks are added in ascending order, in double.
template <class T, class Step>
double contiguous(std::int64_t n, const Step& step) {
  double total = 0;
  for (std::int64_t begin = 0; begin < n; begin += 4096) {
    T lane[16] = {};
    for (std::int64_t i = begin; i < n && i < begin + 4096; ++i)
      lane[(i - begin) % 16] = step(lane[(i - begin) % 16], i);
    for (int w = 8; w >= 1; w /= 2)
      for (int j = 0; j < w; ++j) lane[j] += lane[j + w];
    total += static_cast<double>(lane[0]);
  }
  return total;
}

template <class T>
double sum(std::int64_t n, const T* x) {
  return contiguous<T>(n, [x](T lane, std::int64_t i) { return lane + x[i]; });
}

template <class T>
double dot(std::int64_t n, const T* x, const T* y) {
  return contiguous<T>(n, [x, y](T lane, std::int64_t i) { return std::fma(x[i], y[i], lane); });
}

// Over rows: blocks of 256 rows, each from +0; blocks are added in ascending order.
template <class T>
std::vector<T> sum_rows(std::int64_t rows, std::int64_t columns, std::int64_t row_stride, const T* x) {
  std::vector<T> out(static_cast<std::size_t>(columns));
  for (std::int64_t c = 0; c < columns; ++c) {
    T total = 0;
    for (std::int64_t begin = 0; begin < rows; begin += 256) {
      T block = 0;
      for (std::int64_t r = begin; r < rows && r < begin + 256; ++r) block += x[r * row_stride + c];
      total += block;
    }
    out[static_cast<std::size_t>(c)] = total;
  }
  return out;
}

// One row of softmax: the maximum first (a zero is +0), the sum of exponentials rounded to T, division last.
template <class T>
struct SoftmaxRow {
  T maximum;
  T sum;
  std::vector<T> exponentials;
};

template <class T>
SoftmaxRow<T> softmax_row(std::int64_t columns, const T* x) {
  const math::scalar::Operations<T> o{};
  T m = -std::numeric_limits<T>::infinity();
  for (std::int64_t j = 0; j < columns; ++j)
    if (x[j] > m) m = x[j];
  m += T(0);
  std::vector<T> e(static_cast<std::size_t>(columns));
  for (std::int64_t j = 0; j < columns; ++j)
    e[static_cast<std::size_t>(j)] = math::scalar::exp(o, static_cast<T>(x[j] - m));
  return {m, static_cast<T>(sum(columns, e.data())), e};
}

}  // namespace ito::oracle
