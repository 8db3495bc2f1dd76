// Colours of series and classes, told apart by colour-blind readers and on light and dark pages alike.
#pragma once

#include <array>
#include <cstdint>

namespace ito::experiments::report {

// Paul Tol's "bright" scheme (2021), with orange and teal from "vibrant" for the seventh and eighth.
struct Rgb {
  std::uint8_t r, g, b;
  const char* hex;
};
inline constexpr std::array<Rgb, 8> kPalette = {{{0x44, 0x77, 0xAA, "#4477AA"},
                                                 {0xEE, 0x66, 0x77, "#EE6677"},
                                                 {0x22, 0x88, 0x33, "#228833"},
                                                 {0xCC, 0xBB, 0x44, "#CCBB44"},
                                                 {0x66, 0xCC, 0xEE, "#66CCEE"},
                                                 {0xAA, 0x33, 0x77, "#AA3377"},
                                                 {0xEE, 0x77, 0x33, "#EE7733"},
                                                 {0x00, 0x99, 0x88, "#009988"}}};
inline constexpr const Rgb& palette(std::size_t i) { return kPalette[i % kPalette.size()]; }
inline constexpr Rgb kGrey = {0x99, 0x99, 0x99, "#999999"};

}  // namespace ito::experiments::report
