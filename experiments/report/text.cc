#include "experiments/report/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace ito::experiments {
namespace {

template <class... Format>
std::string chars(double value, Format... format) {
  std::array<char, 400> buffer;  // the longest fixed text of a double has 309 digits before its point
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...).ptr;
  return {buffer.data(), end};
}

}  // namespace

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";
  return chars(value);
}

std::string with_digits(double value, int digits) {
  if (!std::isfinite(value)) return shortest(value);
  const std::string scientific = chars(value, std::chars_format::scientific, digits - 1);
  const std::size_t mark = scientific.find('e');
  int exponent = 0;
  const char* first = scientific.data() + mark + (scientific[mark + 1] == '+' ? 2 : 1);
  std::from_chars(first, scientific.data() + scientific.size(), exponent);
  if (value != 0 && (exponent < -4 || exponent >= 6)) return scientific;
  const int decimals = digits - 1 - (value == 0 ? 0 : exponent);
  return chars(value, std::chars_format::fixed, decimals > 0 ? decimals : 0);
}

std::string with_thousands(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t sign = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > sign + 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string duration_text(double seconds) {
  if (!(seconds >= 0)) return "?";
  if (seconds < 9.95) return chars(seconds, std::chars_format::fixed, 1) + " s";
  if (seconds > 1e9) return "years";
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  const auto both = [](std::int64_t a, const char* unit_a, std::int64_t b, const char* unit_b) {
    std::string text = std::to_string(a) + " " + unit_a;
    if (b != 0) text += " " + std::to_string(b) + " " + unit_b;
    return text;
  };
  if (whole < 3600) return both(whole / 60, "min", whole % 60, "s");
  return both(whole / 3600, "h", whole % 3600 / 60, "min");
}

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  for (const char c : utf8) width += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  return width;
}

}  // namespace ito::experiments
