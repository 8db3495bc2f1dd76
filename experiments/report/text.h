// Numbers and words as a report prints them, whatever the locale says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ito::experiments {

// The shortest text that reads back to the same double: "0.1", "1e-12", "-0", "nan", "inf".
std::string shortest(double value);

// `value` with `digits` significant digits, in positional notation between 1e-4 and 1e6, else as "1.2e-07".
std::string with_digits(double value, int digits);

// 1234567 -> "1,234,567".
std::string with_thousands(std::int64_t value);

// "0.4 s", "12 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

// "512 bytes", "4.2 MB", "20 GB"; thousands, not 1,024s.
std::string bytes_text(std::int64_t bytes);

// Text for HTML: & < > " and ' escaped, control characters (but tab and newline) and malformed UTF-8 replaced by
// U+FFFD.
std::string html_escape(std::string_view text);

// "Fashion-MNIST: W2, n = 4" -> "fashion-mnist-w2-n-4"; for file names and anchors. Never empty.
std::string slug(std::string_view text);

// Columns that UTF-8 text takes on a terminal, one for each code point (no wide characters are printed here).
std::size_t display_width(std::string_view utf8);

}  // namespace ito::experiments
