#include "experiments/report/text.h"

#include <charconv>

namespace ito::experiments {
namespace {

TEST(ReportText, ShortestReadsBackToTheSameBits) {
  const double cases[] = {
      0.1, 1.0 / 3, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, 123456789.0, 1e22, 0.30000000000000004, 2.5e-7, -1.5};
  for (const double value : cases) {
    const std::string text = shortest(value);
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    EXPECT_EQ(std::memcmp(&back, &value, sizeof value), 0) << text;
  }
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(shortest(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(ReportText, SignificantDigits) {
  EXPECT_EQ(with_digits(0.012345, 3), "0.0123");
  EXPECT_EQ(with_digits(9.996, 3), "10.0");  // rounding carries into another decade
  EXPECT_EQ(with_digits(123.456, 2), "123");
  EXPECT_EQ(with_digits(0, 3), "0.00");
  EXPECT_EQ(with_digits(-1.25e-7, 2), "-1.2e-07");
  EXPECT_EQ(with_digits(3.5e7, 2), "3.5e+07");
}

TEST(ReportText, ThousandsAndDurations) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(-1234567), "-1,234,567");
  EXPECT_EQ(with_thousands(-123), "-123");
  EXPECT_EQ(duration_text(0.44), "0.4 s");
  EXPECT_EQ(duration_text(9.97), "10 s");
  EXPECT_EQ(duration_text(59.6), "1 min");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(7500), "2 h 5 min");
  EXPECT_EQ(display_width("a ± b"), 5u);
}

TEST(Text, Bytes) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(999), "999 bytes");
  EXPECT_EQ(bytes_text(1000), "1.0 kB");
  EXPECT_EQ(bytes_text(4'230'000), "4.2 MB");
  EXPECT_EQ(bytes_text(999'600'000), "1.0 GB");
  EXPECT_EQ(bytes_text(20'100'000'000), "20 GB");
  EXPECT_EQ(bytes_text(std::int64_t{1} << 62), "4.6 EB");
}

}  // namespace
}  // namespace ito::experiments
