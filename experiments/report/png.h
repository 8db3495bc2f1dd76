// PNG files, eight bits a channel.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ito::experiments::report {

// Row-major, channels last: 1 (gray), 3 (RGB) or 4 (RGBA, straight alpha).
struct Image {
  int width = 0;
  int height = 0;
  int channels = 3;
  std::vector<std::uint8_t> pixels;

  Image() = default;
  Image(int image_width, int image_height, int image_channels, std::uint8_t fill);
  std::uint8_t* at(int x, int y);
};

// InputError for an image without pixels or with more than 2^26 of them.
std::string encode_png(const Image& image);

// Whole or not at all; see autograd/io/atomic_file.h.
void write_png(const std::filesystem::path& path, const Image& image);

// "data:image/png;base64,..." for a page.
std::string png_data_uri(std::string_view png);

}  // namespace ito::experiments::report
