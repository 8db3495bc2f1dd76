// One row of channels for each sample beside a tensor [samples, positions, channels]: a time embedding added to a
// feature map, the gate of a residual branch (adaLN-Zero: Peebles, Xie 2023), and the sums that their gradients ask
// for.
//
//   add_per_sample       y = x + row                 x + row[n, c] at every position
//   multiply_per_sample  y = x row
//   gated_residual       y = fma(gate, h, x)
//   repeat_per_sample    y = row
//   sum_per_sample       out[n, c] = sum of x over positions
//   dot_per_sample       out[n, c] = sum of x y over positions, by fma(x, y, block)
// Sums follow the rule for rows (blocks of kRowBlock positions from +0, then blocks ascending), sample by sample. Rows
// and outs are [samples, channels]; everything is contiguous, float or double; y may be x or h.
#pragma once

#include <cstdint>

#include "kernels/core/context.h"

namespace ito::kernels {

struct SampleShape {
  std::int64_t samples;
  std::int64_t positions;
  std::int64_t channels;
};

template <class T>
void add_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y);
template <class T>
void multiply_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y);
template <class T>
void gated_residual(Context& context, const SampleShape& shape, const T* x, const T* gate, const T* h, T* y);
template <class T>
void repeat_per_sample(Context& context, const SampleShape& shape, const T* row, T* y);
template <class T>
void sum_per_sample(Context& context, const SampleShape& shape, const T* x, T* out);
template <class T>
void dot_per_sample(Context& context, const SampleShape& shape, const T* x, const T* y, T* out);

namespace reference {  // plain loops in double
template <class T>
void gated_residual(const SampleShape& shape, const T* x, const T* gate, const T* h, T* y);
template <class T>
void dot_per_sample(const SampleShape& shape, const T* x, const T* y, T* out);
}  // namespace reference

namespace simd {
template <class T>
void add_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y);
template <class T>
void multiply_per_sample(Context& context, const SampleShape& shape, const T* x, const T* row, T* y);
template <class T>
void gated_residual(Context& context, const SampleShape& shape, const T* x, const T* gate, const T* h, T* y);
template <class T>
void repeat_per_sample(Context& context, const SampleShape& shape, const T* row, T* y);
template <class T>
void sum_per_sample(Context& context, const SampleShape& shape, const T* x, T* out);
template <class T>
void dot_per_sample(Context& context, const SampleShape& shape, const T* x, const T* y, T* out);
}  // namespace simd

}  // namespace ito::kernels
