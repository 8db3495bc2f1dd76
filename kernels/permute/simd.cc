// Axes that stay neighbours are merged first; what is left is one of two loops over outer axes:
//   runs        x's last axis stays last: rows of contiguous elements are copied
//   transposes  x's last axis q moves away and axis p becomes y's last: each [P, Q] plane is transposed in tiles
#include "kernels/permute/permute.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/permute/simd.cc"
#include <hwy/foreach_target.h>

#ifndef ITO_KERNELS_PERMUTE_PLAN
#define ITO_KERNELS_PERMUTE_PLAN
#include <algorithm>
#include <array>

#include "kernels/core/parallel.h"

namespace ito::kernels::permute_plan {

constexpr std::int64_t kGrain = std::int64_t{1}
                                << 16;  // elements below which a second thread costs more than it brings

// One axis of y: its size, and the steps it takes in x and in y.
struct Axis {
  std::int64_t size;
  std::int64_t x_stride;
  std::int64_t y_stride;
};

struct Axes {
  std::array<Axis, kMaxPermuteRank> axis;
  int rank = 0;

  void push(const Axis& a) { axis[rank++] = a; }
  Axis remove(int index) {
    const Axis removed = axis[index];
    std::copy(axis.begin() + index + 1, axis.begin() + rank, axis.begin() + index);
    --rank;
    return removed;
  }
  std::int64_t count() const {
    std::int64_t product = 1;
    for (int d = 0; d < rank; ++d) product *= axis[d].size;
    return product;
  }
};

// y's axes in order, without axes of size 1 and with neighbours merged that are neighbours in x too.
inline Axes merge_axes(std::span<const std::int64_t> shape, std::span<const int> axes) {
  const int rank = static_cast<int>(shape.size());
  std::array<std::int64_t, kMaxPermuteRank> x_stride{};
  std::int64_t count = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    x_stride[axis] = count;
    count *= shape[axis];
  }
  Axes merged;
  for (const int axis : axes) {
    const std::int64_t size = shape[axis];
    count /= size;  // elements of y behind this axis
    if (size == 1) continue;
    if (merged.rank > 0 && merged.axis[merged.rank - 1].x_stride == size * x_stride[axis])
      merged.axis[merged.rank - 1] = {merged.axis[merged.rank - 1].size * size, x_stride[axis], count};
    else
      merged.push({size, x_stride[axis], count});
  }
  return merged;
}

// Walks the outer axes in y's order, keeping the offsets of the current place.
struct Odometer {
  const Axes& axes;
  std::array<std::int64_t, kMaxPermuteRank> index{};
  std::int64_t x = 0;
  std::int64_t y = 0;

  Odometer(const Axes& axes_, std::int64_t place) : axes(axes_) {
    for (int d = axes.rank - 1; d >= 0; --d) {
      index[d] = place % axes.axis[d].size;
      place /= axes.axis[d].size;
      x += index[d] * axes.axis[d].x_stride;
      y += index[d] * axes.axis[d].y_stride;
    }
  }
  void next() {
    for (int d = axes.rank - 1; d >= 0; --d) {
      x += axes.axis[d].x_stride;
      y += axes.axis[d].y_stride;
      if (++index[d] < axes.axis[d].size) return;
      x -= axes.axis[d].size * axes.axis[d].x_stride;
      y -= axes.axis[d].size * axes.axis[d].y_stride;
      index[d] = 0;
    }
  }
};

}  // namespace ito::kernels::permute_plan
#endif  // ITO_KERNELS_PERMUTE_PLAN

#include "kernels/core/highway-inl.h"
#include "kernels/permute/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// Rows of `run` contiguous elements.
template <class T>
void copy_runs(Context& context, const permute_plan::Axes& outer, std::int64_t run, const T* x, T* y) {
  const auto same = [](auto, auto v) HWY_ATTR { return v; };
  if (outer.rank == 0) {
    parallel_for(context, run, permute_plan::kGrain,
                 [&](std::int64_t begin, std::int64_t end) HWY_ATTR { map_range(begin, end, y, same, x); });
    return;
  }
  const std::int64_t grain = std::max<std::int64_t>(1, permute_plan::kGrain / run);
  parallel_for(context, outer.count(), grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    permute_plan::Odometer at(outer, begin);
    for (std::int64_t row = begin; row < end; ++row, at.next()) map_range(0, run, y + at.y, same, x + at.x);
  });
}

// Planes [p.size, q.size], cut into strips of p that fill whole cache lines of y.
template <class T>
void transpose_planes(Context& context, const permute_plan::Axes& outer, const permute_plan::Axis& p,
                      const permute_plan::Axis& q, const T* x, T* y) {
  constexpr std::int64_t strip = 64 / sizeof(T);
  const std::int64_t strips = (p.size + strip - 1) / strip;
  const std::int64_t grain = std::max<std::int64_t>(1, permute_plan::kGrain / (strip * q.size));
  parallel_for(context, outer.count() * strips, grain, [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
    permute_plan::Odometer at(outer, begin / strips);
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t s = item % strips;
      transpose_strip(s * strip, std::min(p.size, (s + 1) * strip), q.size, x + at.x, p.x_stride, y + at.y, q.y_stride);
      if (s + 1 == strips) at.next();
    }
  });
}

template <class T>
void permute(Context& context, std::span<const std::int64_t> shape, std::span<const int> axes, const T* x, T* y) {
  permute_plan::Axes plan = permute_plan::merge_axes(shape, axes);
  if (plan.rank == 0) {
    y[0] = x[0];
    return;
  }
  const permute_plan::Axis last = plan.remove(plan.rank - 1);
  if (last.x_stride == 1) {
    copy_runs(context, plan, last.size, x, y);
    return;
  }
  int contiguous = 0;
  while (plan.axis[contiguous].x_stride != 1) ++contiguous;
  const permute_plan::Axis q = plan.remove(contiguous);
  transpose_planes(context, plan, last, q, x, y);
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void permute(Context& context, std::span<const std::int64_t> shape, std::span<const int> axes, const T* x, T* y) {
  ITO_DISPATCH(permute<T>)(context, shape, axes, x, y);
}

template void permute<float>(Context&, std::span<const std::int64_t>, std::span<const int>, const float*, float*);
template void permute<double>(Context&, std::span<const std::int64_t>, std::span<const int>, const double*, double*);
template void permute<std::int32_t>(Context&, std::span<const std::int64_t>, std::span<const int>, const std::int32_t*,
                                    std::int32_t*);

}  // namespace ito::kernels::simd
#endif
