// How a gather is shared out to threads and cut to the size of a cache.
#pragma once

#include "kernels/convolution/gather.h"

namespace ito::kernels::convolution_loops {

// None of these decides a bit.
constexpr std::int64_t kTaskBytes = std::int64_t{256} << 10;  // a task's strip: beside a block of weights in L2
constexpr std::int64_t kTaskMacs = std::int64_t{1} << 19;     // a smaller task is not worth a thread

// How a gather is shared out, and the layout of a task's strip.
struct GatherTasks {
  std::int64_t images;  // in a task, whole; or 1, cut into parts
  std::int64_t parts;
  std::int64_t count;
  Strip strip;  // of one image

  template <class T>
  GatherTasks(const Gather<T>& g, int threads) {
    constexpr std::int64_t size = static_cast<std::int64_t>(sizeof(T));
    const std::int64_t pixel = strip_pixel<T>(g.channels), columns = g.w.reach(g.w.grid), grid = g.h.grid * g.w.grid;
    const std::int64_t strip_bytes = g.h.reach(g.h.grid) * columns * pixel * size;
    const std::int64_t image_bytes = std::max({strip_bytes, grid * g.columns * size, std::int64_t{1}});
    const std::int64_t macs = g.images * grid * g.k() * g.columns;
    const std::int64_t wanted =
        threads == 1 ? 1 : std::clamp<std::int64_t>(macs / kTaskMacs, 1, std::int64_t{4} * threads);
    images = std::clamp<std::int64_t>(std::min(kTaskBytes / image_bytes, g.images / wanted), 1, g.images);
    const std::int64_t for_threads = divide_up(wanted, g.images), for_cache = divide_up(strip_bytes, 2 * kTaskBytes);
    parts = images > 1 ? 1 : std::clamp<std::int64_t>(std::max(for_threads, for_cache), 1, divide_up(g.h.grid, 2));
    count = divide_up(g.images, images) * parts;
    strip = {g.h.reach(divide_up(g.h.grid, parts)), columns, pixel};
  }
};

// Rows [row_begin, row_end) of the grid of images [image_begin, image_end), and the strip of one of them.
template <class T>
struct GatherTask {
  const Gather<T>& g;
  std::int64_t image_begin;
  std::int64_t image_end;
  std::int64_t row_begin;
  std::int64_t row_end;
  Strip strip;

  std::int64_t images() const { return image_end - image_begin; }
  std::int64_t rows() const { return row_end - row_begin; }
};

template <class T>
GatherTask<T> task_of(const Gather<T>& g, const GatherTasks& tasks, std::int64_t item) {
  const std::int64_t group = item / tasks.parts, part = item % tasks.parts;
  GatherTask<T> task{.g = g,
                     .image_begin = group * tasks.images,
                     .image_end = std::min(g.images, (group + 1) * tasks.images),
                     .row_begin = g.h.grid * part / tasks.parts,
                     .row_end = g.h.grid * (part + 1) / tasks.parts,
                     .strip = tasks.strip};
  task.strip.rows = g.h.reach(task.rows());
  return task;
}

}  // namespace ito::kernels::convolution_loops
