#include "experiments/report/png.h"

#include <png.h>

#include <cstddef>

#include "autograd/io/atomic_file.h"
#include "kernels/core/error.h"

namespace ito::experiments::report {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) out += at + i > bytes.size() ? '=' : kDigits[group >> (18 - 6 * i) & 63U];
  }
  return out;
}

}  // namespace

Image::Image(int image_width, int image_height, int image_channels, std::uint8_t fill)
    : width(image_width), height(image_height), channels(image_channels) {
  require(width > 0 && height > 0 && std::int64_t{width} * height <= kMostPixels,
          "a picture has between 1 and 67,108,864 pixels");
  require(channels == 1 || channels == 3 || channels == 4, "a picture has 1, 3 or 4 channels");
  pixels.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels),
                fill);
}

std::uint8_t* Image::at(int x, int y) {
  return pixels.data() + (static_cast<std::ptrdiff_t>(y) * width + x) * channels;
}

std::string encode_png(const Image& image) {
  require(!image.pixels.empty(), "a picture without pixels cannot be written");
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = image.channels == 1 ? PNG_FORMAT_GRAY : image.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
  png_alloc_size_t size = 0;
  std::string bytes;
  // The first call only measures; both compress the same rows.
  bool done = png_image_write_get_memory_size(header, size, 0, image.pixels.data(), 0, nullptr) != 0;
  if (done) {
    bytes.resize(size);
    done = png_image_write_to_memory(&header, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) != 0;
  }
  if (!done) throw EnvironmentError(std::string("libpng: ") + header.message);
  bytes.resize(size);
  return bytes;
}

void write_png(const std::filesystem::path& path, const Image& image) {
  write_file_atomically(path, encode_png(image));
}

std::string png_data_uri(std::string_view png) { return "data:image/png;base64," + base64(png); }

}  // namespace ito::experiments::report
