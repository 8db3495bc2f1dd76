// Loops around the micro-kernel (BLIS's five, with A and B in each other's place: lanes run over n).
//
//   chunk of n, chunk of k     B's panels are packed, by all threads           (where B is not good as it stands)
//     task: rows x panels      one thread's part of C
//       block of k
//         tile of rows         A's panel is copied: 14 KB, stays in L1
//           panel of B         micro-kernel; B's block streams from L2
#include "kernels/gemm/gemm.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/gemm/simd.cc"
#include <hwy/foreach_target.h>

#ifndef ITO_KERNELS_GEMM_PRODUCT
#define ITO_KERNELS_GEMM_PRODUCT
#include <algorithm>

#include "kernels/core/parallel.h"

namespace ito::kernels::gemm_loops {

// None of these decides a bit. B's packed chunk is at most 1024 x 2048: 8 MB of float, a share of L3.
constexpr std::int64_t kChunkK = std::max<std::int64_t>(1024 / kGemmBlockK, 1) * kGemmBlockK;
constexpr std::int64_t kChunkColumns = 2048;
constexpr std::int64_t kTaskBytesOfB = std::int64_t{512} << 10;    // a task's block of B: half of L2
constexpr std::int64_t kTaskTiles = 16;                            // tiles of rows in a task, at most
constexpr std::int64_t kTaskMacs = std::int64_t{1} << 19;          // a smaller task is not worth a thread
constexpr std::int64_t kDirectBytesOfB = std::int64_t{256} << 10;  // B of this size is read in place
constexpr std::int64_t kDirectPanelsOfB = 4;                       // A is read in place for up to so many
constexpr std::int64_t kNarrow = 8;                                // columns of C too few for lanes over n

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// One product of the batch, C = activation((C +) op(A) op(B) + bias).
template <class T>
struct Product {
  std::int64_t m, n, k;
  GemmOperand<T> a, b;
  T* c;
  std::int64_t c_stride;
  bool add;
  const T* bias;
  GemmActivation activation;
  T* pre_activation;
};

// One thread's scratch, but for packed_b, which threads that work on one product share.
template <class T>
struct Workspace {
  T* packed_b;
  T* panel_of_a;
  T* total;
};

}  // namespace ito::kernels::gemm_loops
#endif  // ITO_KERNELS_GEMM_PRODUCT

#include "kernels/core/highway-inl.h"
#include "kernels/gemm/epilogue-inl.h"
#include "kernels/gemm/packing-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ito::kernels {
namespace HWY_NAMESPACE {

// B's columns in panels of a tile's width. Panels before `first_packed` are read in place.
template <class T>
struct PanelsOfB {
  const gemm_loops::Product<T>& product;
  std::int64_t first_packed;
  T* packed;
  std::int64_t first = 0;  // the chunk's panels
  std::int64_t end = 0;
  std::int64_t k0 = 0;  // and its range of k
  std::int64_t kc = 0;

  explicit PanelsOfB(const gemm_loops::Product<T>& product_, T* packed_)
      : product(product_), first_packed(0), packed(packed_) {
    const std::int64_t bytes = product.n * product.k * static_cast<std::int64_t>(sizeof(T));
    const bool in_place = bytes <= gemm_loops::kDirectBytesOfB || product.m <= 2 * GemmTile<T>::rows;
    if (!product.b.transposed && in_place) first_packed = product.n / GemmTile<T>::columns;
  }
  std::int64_t columns(std::int64_t panel) const {
    return std::min(GemmTile<T>::columns, product.n - panel * GemmTile<T>::columns);
  }
  // Packed panels lie in the order in which they are read: for each block of k, panel after panel.
  T* packed_panel(std::int64_t panel, std::int64_t k) const {
    const std::int64_t begin = std::max(first, first_packed);
    return packed + ((k - k0) * (end - begin) + (panel - begin) * block(k)) * GemmTile<T>::columns;
  }
  std::int64_t block(std::int64_t k) const { return std::min(kGemmBlockK, k0 + kc - k); }
  void pack(std::int64_t panel) const {
    for (std::int64_t k = k0; k < k0 + kc; k += kGemmBlockK)
      gemm_pack_b(product.b.data, product.b.row_stride, product.b.transposed, panel * GemmTile<T>::columns,
                  columns(panel), k, block(k), packed_panel(panel, k));
  }
  // A panel's first row of the block of k that starts at k, and the distance between rows.
  std::pair<const T*, std::int64_t> rows(std::int64_t panel, std::int64_t k) const {
    if (panel < first_packed)
      return {product.b.data + k * product.b.row_stride + panel * GemmTile<T>::columns, product.b.row_stride};
    return {packed_panel(panel, k), GemmTile<T>::columns};
  }
};

// Rows of A as the micro-kernel reads them. They are copied unless few panels of B make use of the copy; rows that are
// a multiple of half a page apart would crowd the same cache sets, and are copied always.
template <class T>
struct RowsOfA {
  const gemm_loops::Product<T>& product;
  T* panel;
  bool in_place;

  RowsOfA(const gemm_loops::Product<T>& product_, T* panel_, std::int64_t panels_of_b)
      : product(product_), panel(panel_), in_place(panels_of_b <= gemm_loops::kDirectPanelsOfB) {
    if (product.a.row_stride * static_cast<std::int64_t>(sizeof(T)) % 2048 == 0) in_place = false;
  }
  std::pair<const T*, std::int64_t> rows(std::int64_t row, std::int64_t rows, std::int64_t k, std::int64_t kc) const {
    const auto& [data, stride, transposed, batch_stride] = product.a;
    if (in_place) return {data + (transposed ? k * stride + row : row * stride + k), stride};
    gemm_pack_a(data, stride, transposed, row, rows, k, kc, panel);
    return {panel, transposed ? GemmTile<T>::column_panel_stride : GemmTile<T>::row_panel_stride};
  }
};

// Rows [row_begin, row_end) x panels [panel_begin, panel_end) of C, over the chunk of k that `panels` stands at.
template <class T>
void gemm_task(const PanelsOfB<T>& panels, std::int64_t row_begin, std::int64_t row_end, std::int64_t panel_begin,
               std::int64_t panel_end, T* panel_of_a) {
  using Tile = GemmTile<T>;
  const gemm_loops::Product<T>& g = panels.product;
  const RowsOfA<T> rows_of_a(g, panel_of_a, panel_end - panel_begin);
  const bool epilogue = g.bias != nullptr || g.pre_activation != nullptr || g.activation != GemmActivation::none;
  const std::int64_t k_end = panels.k0 + panels.kc;
  std::int64_t k = panels.k0;
  do {
    const std::int64_t kc = std::min(kGemmBlockK, k_end - k);
    const bool last = k + kc == g.k;
    for (std::int64_t row = row_begin; row < row_end; row += Tile::rows) {
      const std::int64_t rows = std::min(Tile::rows, row_end - row);
      const auto [a, a_stride] = rows_of_a.rows(row, rows, k, kc);
      for (std::int64_t panel = panel_begin; panel < panel_end; ++panel) {
        const std::int64_t columns = panels.columns(panel), column = panel * Tile::columns;
        const std::int64_t at = row * g.c_stride + column;
        const auto [b, b_stride] = panels.rows(panel, k);
        gemm_micro_kernel_for<T>(g.a.transposed, rows, columns)(kc, a, a_stride, b, b_stride, g.c + at, g.c_stride,
                                                                columns, g.add || k > 0);
        if (last && epilogue)
          gemm_epilogue(g.bias == nullptr ? nullptr : g.bias + column, g.activation,
                        g.pre_activation == nullptr ? nullptr : g.pre_activation + at, g.c + at, g.c_stride, rows,
                        columns);
      }
    }
    k += kc;
  } while (k < k_end);
}

// One product, on the calling thread (context null, workspace[0]) or on all of the context's.
template <class T>
void gemm_product(const Context* context, const gemm_loops::Product<T>& g, const gemm_loops::Workspace<T>* workspace) {
  using Tile = GemmTile<T>;
  using namespace gemm_loops;
  PanelsOfB<T> panels(g, workspace[0].packed_b);
  const std::int64_t chunk_panels = kChunkColumns / Tile::columns;
  const std::int64_t all_panels = divide_up(g.n, Tile::columns);
  for (panels.first = 0; panels.first < all_panels; panels.first += chunk_panels) {
    panels.end = std::min(all_panels, panels.first + chunk_panels);
    const std::int64_t panel_count = panels.end - panels.first;
    panels.k0 = 0;
    do {
      panels.kc = std::min(kChunkK, g.k - panels.k0);
      const std::int64_t packed_begin = std::max(panels.first, panels.first_packed);
      const auto pack = [&](std::int64_t begin, std::int64_t end) HWY_ATTR {
        for (std::int64_t p = begin; p < end; ++p) panels.pack(packed_begin + p);
      };

      const std::int64_t macs = g.m * panels.kc * std::min(g.n, kChunkColumns);
      const std::int64_t wanted =
          context == nullptr ? 1 : std::clamp<std::int64_t>(macs / kTaskMacs, 1, std::int64_t{4} * context->threads);
      const std::int64_t panels_in_cache =
          kTaskBytesOfB / (kGemmBlockK * Tile::columns * static_cast<std::int64_t>(sizeof(T)));
      const std::int64_t tiles = divide_up(g.m, Tile::rows);
      std::int64_t column_tasks = divide_up(panel_count, panels_in_cache);
      const std::int64_t row_tasks = std::clamp(divide_up(wanted, column_tasks), divide_up(tiles, kTaskTiles), tiles);
      column_tasks = std::clamp(divide_up(wanted, row_tasks), column_tasks, panel_count);
      const auto run = [&](int thread, std::int64_t item) HWY_ATTR {
        const std::int64_t r = item % row_tasks, c = item / row_tasks;
        gemm_task(panels, tiles * r / row_tasks * Tile::rows, std::min(g.m, tiles * (r + 1) / row_tasks * Tile::rows),
                  panels.first + panel_count * c / column_tasks, panels.first + panel_count * (c + 1) / column_tasks,
                  workspace[thread].panel_of_a);
      };

      if (context == nullptr || wanted == 1) {
        pack(0, panels.end - packed_begin);
        for (std::int64_t item = 0; item < row_tasks * column_tasks; ++item) run(0, item);
      } else {
        const std::int64_t grain = std::max<std::int64_t>(1, (1 << 16) / (panels.kc * Tile::columns + 1));
        parallel_for(*context, panels.end - packed_begin, grain, pack);
        parallel_items(*context, row_tasks * column_tasks, run);
      }
      panels.k0 += panels.kc;
    } while (panels.k0 < g.k);
  }
}

// C = activation((C +) total + bias), where the total was computed apart, as [m, n] or turned, as [n, m].
template <class T>
void gemm_finish(const GemmArguments<T>& g, T* c, T* pre, const T* total, bool turned) {
  if (turned) {  // n is small
    for (std::int64_t i = 0; i < g.m; ++i)
      for (std::int64_t j = 0; j < g.n; ++j) {
        T& to = c[i * g.c_row_stride + j];
        to = g.accumulate ? to + total[j * g.m + i] : total[j * g.m + i];
        if (g.bias != nullptr) to = to + g.bias[j];
      }
    gemm_epilogue<T>(nullptr, g.activation, pre, c, g.c_row_stride, g.m, g.n);
    return;
  }
  const auto add = [](auto, auto x, auto y) HWY_ATTR { return hn::Add(x, y); };
  for (std::int64_t i = 0; i < g.m; ++i) {
    T* row = c + i * g.c_row_stride;
    map_range(0, g.n, row, add, static_cast<const T*>(row), total + i * g.n);
    gemm_epilogue(g.bias, g.activation, pre == nullptr ? nullptr : pre + i * g.c_row_stride, row, g.c_row_stride, 1,
                  g.n);
  }
}

// Where C has few columns, C^T = op(B)^T op(A)^T keeps the lanes busy.
template <class T>
bool gemm_turned(const GemmArguments<T>& g) {
  return g.n <= gemm_loops::kNarrow && g.n < g.m;
}

// A total that spans several blocks is finished before it is added to C.
template <class T>
bool gemm_needs_total(const GemmArguments<T>& g) {
  return gemm_turned(g) || (g.accumulate && g.k > kGemmBlockK);
}

template <class T>
void gemm_one(const Context* context, const GemmArguments<T>& g, std::int64_t batch,
              const gemm_loops::Workspace<T>* workspace) {
  GemmOperand<T> a = g.a, b = g.b;
  a.data += batch * a.batch_stride;
  b.data += batch * b.batch_stride;
  T* c = g.c + batch * g.c_batch_stride;
  T* pre = g.pre_activation == nullptr ? nullptr : g.pre_activation + batch * g.c_batch_stride;
  T* total = workspace[0].total;
  constexpr GemmActivation none = GemmActivation::none;
  if (gemm_turned(g)) {
    a.transposed = !a.transposed;
    b.transposed = !b.transposed;
    gemm_product<T>(context, {g.n, g.m, g.k, b, a, total, g.m, false, nullptr, none, nullptr}, workspace);
    gemm_finish(g, c, pre, total, true);
  } else if (gemm_needs_total(g)) {
    gemm_product<T>(context, {g.m, g.n, g.k, a, b, total, g.n, false, nullptr, none, nullptr}, workspace);
    gemm_finish(g, c, pre, total, false);
  } else {
    gemm_product<T>(context, {g.m, g.n, g.k, a, b, c, g.c_row_stride, g.accumulate, g.bias, g.activation, pre},
                    workspace);
  }
}

template <class T>
void gemm(Context& context, const GemmArguments<T>& g) {
  using namespace gemm_loops;
  // A batch of at least as many products as threads is shared out whole; else each product is.
  const bool whole = g.batch > 1 && (g.batch >= context.threads || g.m * g.n * g.k < 2 * kTaskMacs);
  const std::int64_t width = gemm_turned(g) ? g.m : g.n;
  const std::int64_t panels = std::min(divide_up(width, GemmTile<T>::columns), kChunkColumns / GemmTile<T>::columns);
  const std::size_t packed_size = panels * GemmTile<T>::columns * std::min(g.k, kChunkK);
  const std::size_t total_size = gemm_needs_total(g) ? g.m * g.n : 0;
  const Scratch::Scope scope(context.scratch);
  const std::span<Workspace<T>> workspace = context.scratch.take<Workspace<T>>(context.threads);
  for (std::size_t thread = 0; thread < workspace.size(); ++thread) {
    const bool own = whole || thread == 0;
    workspace[thread] = {own ? context.scratch.take<T>(packed_size).data() : workspace[0].packed_b,
                         context.scratch.take<T>(GemmTile<T>::panel_size).data(),
                         own ? context.scratch.take<T>(total_size).data() : workspace[0].total};
  }
  if (whole && g.batch * g.m * g.n * g.k < 2 * kTaskMacs)
    for (std::int64_t batch = 0; batch < g.batch; ++batch) gemm_one<T>(nullptr, g, batch, workspace.data());
  else if (whole)
    parallel_items(context, g.batch, [&](int thread, std::int64_t batch) HWY_ATTR {
      gemm_one<T>(nullptr, g, batch, &workspace[thread]);
    });
  else
    for (std::int64_t batch = 0; batch < g.batch; ++batch) gemm_one(&context, g, batch, workspace.data());
}

}  // namespace HWY_NAMESPACE
}  // namespace ito::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ito::kernels::simd {

template <class T>
void gemm(Context& context, const GemmArguments<T>& arguments) {
  ITO_DISPATCH(gemm<T>)(context, arguments);
}

template void gemm<float>(Context&, const GemmArguments<float>&);
template void gemm<double>(Context&, const GemmArguments<double>&);

}  // namespace ito::kernels::simd
#endif
