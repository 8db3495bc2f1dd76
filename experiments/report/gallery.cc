#include "experiments/report/gallery.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace ito::experiments::report {
namespace {

constexpr std::uint8_t kSeparator = 0xD8;
constexpr int kComfortableWidth = 56;
constexpr std::int64_t kLongestSide = 65536;

// [-1, 1] -> 0 .. 255, so that v / 127.5 - 1 of a byte gives the byte back.
std::uint8_t gray_level(double value) {
  if (!(value > -1)) return 0;
  return static_cast<std::uint8_t>(std::min((value + 1) * 127.5, 255.0) + 0.5);
}

int square_root_up(std::int64_t n) {
  int root = 1;
  while (std::int64_t{root} * root < n) ++root;
  return root;
}

template <class T>
Image compose(const Tensor& images, int columns, int scale, int gap) {
  const auto count = static_cast<int>(images.dim(0)), height = static_cast<int>(images.dim(1));
  const auto width = static_cast<int>(images.dim(2)), channels = static_cast<int>(images.dim(3));
  const int rows = (count + columns - 1) / columns;
  const std::int64_t total_width = std::int64_t{columns} * (std::int64_t{width} * scale + gap) + gap;
  const std::int64_t total_height = std::int64_t{rows} * (std::int64_t{height} * scale + gap) + gap;
  require(total_width <= kLongestSide && total_height <= kLongestSide,
          "a gallery is at most 65,536 pixels wide and high");
  Image out(static_cast<int>(total_width), static_cast<int>(total_height), channels, kSeparator);
  const T* value = images.span<T>().data();
  for (int i = 0; i < count; ++i) {
    const int left = gap + i % columns * (width * scale + gap), top = gap + i / columns * (height * scale + gap);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < channels; ++c) {
          const std::uint8_t level = gray_level(static_cast<double>(*value++));
          for (int dy = 0; dy < scale; ++dy)
            for (int dx = 0; dx < scale; ++dx) out.at(left + x * scale + dx, top + y * scale + dy)[c] = level;
        }
  }
  return out;
}

}  // namespace

Image gallery(const Tensor& images, const GalleryOptions& options) {
  require(images.rank() == 4 && (images.dim(3) == 1 || images.dim(3) == 3),
          "a gallery takes images [N, H, W, C] of 1 or 3 channels");
  require(images.dim(0) > 0 && images.dim(1) > 0 && images.dim(2) > 0, "a gallery needs an image at least");
  require(images.dim(0) < 65536 && images.dim(1) < 16384 && images.dim(2) < 16384,
          "a gallery of that size is no picture");
  const int columns =
      std::min(options.columns > 0 ? options.columns : square_root_up(images.dim(0)), static_cast<int>(images.dim(0)));
  const auto width = static_cast<int>(images.dim(2));
  const int scale = options.scale > 0 ? options.scale : std::max(1, (kComfortableWidth + width - 1) / width);
  return with_float_type(images.dtype(),
                         [&]<class T>() { return compose<T>(images, columns, scale, std::max(options.gap, 0)); });
}

}  // namespace ito::experiments::report
