#include <algorithm>

#include "kernels/core/parallel.h"
#include "kernels/embedding/embedding.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/embedding/simd.cc"
#include <hwy/foreach_target.h>

#include "kernels/core/highway-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Rows of this many elements that are worth a thread.
inline std::int64_t grain(std::int64_t columns) {
  return std::max<std::int64_t>(1, (std::int64_t{1} << 16) / std::max<std::int64_t>(columns, 1));
}

template <class T>
void embedding(Context& context, std::int64_t n, std::int64_t columns, const std::int32_t* indices, const T* table,
               T* out) {
  parallel_for(context, n, grain(columns), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::copy_n(table + indices[i] * columns, columns, out + i * columns);
  });
}

// sums[c .. c + count) = sum over k of d_out[places[k], c ..], from +0, in the order of `places`.
template <class T, class D = hn::ScalableTag<T>>
HWY_INLINE void sum_places(std::int64_t c, std::int64_t count, std::int64_t columns,
                           std::span<const std::int64_t> places, const T* d_out, T* sums, bool accumulate) {
  const D d;
  auto total = hn::Zero(d);
  for (const std::int64_t place : places) total = hn::Add(total, load_first(d, d_out + place * columns + c, count));
  if (accumulate) total = hn::Add(load_first(d, sums + c, count), total);
  store_first(total, d, sums + c, count);
}

// A counting sort lists each table row's places in ascending order; threads then take table rows.
template <class T>
void embedding_gradient(Context& context, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
                        const std::int32_t* indices, const T* d_out, T* d_table, bool accumulate) {
  if (vocabulary == 0) return;
  const Scratch::Scope scope(context.scratch);
  const std::span<std::int64_t> ends = context.scratch.take<std::int64_t>(static_cast<std::size_t>(vocabulary) + 1);
  const std::span<std::int64_t> places = context.scratch.take<std::int64_t>(static_cast<std::size_t>(n));
  std::fill(ends.begin(), ends.end(), 0);
  for (std::int64_t i = 0; i < n; ++i) ++ends[static_cast<std::size_t>(indices[i]) + 1];
  for (std::size_t v = 1; v < ends.size(); ++v) ends[v] += ends[v - 1];
  // ends[v] is where row v's places begin; filling moves it to where they end.
  for (std::int64_t i = 0; i < n; ++i)
    places[static_cast<std::size_t>(ends[static_cast<std::size_t>(indices[i])]++)] = i;
  parallel_for(
      context, vocabulary, grain((n / vocabulary + 1) * columns), [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
        const std::int64_t width = static_cast<std::int64_t>(hn::Lanes(hn::ScalableTag<T>()));
        for (std::int64_t v = begin; v < end; ++v) {
          const std::int64_t first = v == 0 ? 0 : ends[static_cast<std::size_t>(v) - 1];
          const auto mine = places.subspan(static_cast<std::size_t>(first),
                                           static_cast<std::size_t>(ends[static_cast<std::size_t>(v)] - first));
          for (std::int64_t c = 0; c < columns; c += width)
            sum_places(c, std::min(width, columns - c), columns, mine, d_out, d_table + v * columns, accumulate);
        }
      });
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void embedding(Context& context, std::int64_t n, std::int64_t columns, const std::int32_t* indices, const T* table,
               T* out) {
  ITO_DISPATCH(embedding<T>)(context, n, columns, indices, table, out);
}
template <class T>
void embedding_gradient(Context& context, std::int64_t n, std::int64_t vocabulary, std::int64_t columns,
                        const std::int32_t* indices, const T* d_out, T* d_table, bool accumulate) {
  if (vocabulary == 0) return;
  ITO_DISPATCH(embedding_gradient<T>)(context, n, vocabulary, columns, indices, d_out, d_table, accumulate);
}

template void embedding<float>(Context&, std::int64_t, std::int64_t, const std::int32_t*, const float*, float*);
template void embedding<double>(Context&, std::int64_t, std::int64_t, const std::int32_t*, const double*, double*);
template void embedding_gradient<float>(Context&, std::int64_t, std::int64_t, std::int64_t, const std::int32_t*,
                                        const float*, float*, bool);
template void embedding_gradient<double>(Context&, std::int64_t, std::int64_t, std::int64_t, const std::int32_t*,
                                         const double*, double*, bool);

}  // namespace ito::kernels::simd
#endif  // HWY_ONCE
