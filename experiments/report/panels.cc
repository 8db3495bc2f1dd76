#include "experiments/report/panels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "experiments/report/canvas.h"
#include "experiments/report/text.h"
#include "kernels/core/error.h"

namespace ito::experiments::report {
namespace {

constexpr int kPageSide = 176;  // CSS pixels of a panel's inside; drawn with two dots for one
constexpr int kDensity = 2;
constexpr double kOutermost = 0.01;
constexpr double kArrowQuantile = 0.95;
constexpr Rgb kWhite = {255, 255, 255, "#ffffff"};
constexpr Rgb kInk = {0x55, 0x55, 0x55, "#555555"};
constexpr Rgb kBehind = {0x9a, 0x9a, 0x9a, "#9a9a9a"};

// The element that `fraction` of the others stand below.
double quantile(std::vector<double>& values, double fraction) {
  const auto place = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

void append_axis(std::vector<double>& out, const std::vector<float>& xy, std::size_t axis) {
  for (std::size_t i = axis; i < xy.size(); i += 2)
    if (std::isfinite(xy[i])) out.push_back(static_cast<double>(xy[i]));
}

// From data to pixels of a square; y runs upwards.
struct Frame {
  Limits limits;
  double side;
  double x(double value) const { return (value - limits.x0) / (limits.x1 - limits.x0) * side; }
  double y(double value) const { return (limits.y1 - value) / (limits.y1 - limits.y0) * side; }
};

void draw_points(Canvas& canvas, const PointCloud& cloud, const Frame& frame, double radius, double alpha, bool grey) {
  const std::size_t count = cloud.xy.size() / 2;
  require(cloud.labels.empty() || cloud.labels.size() == count, "a cloud has a label for each point, or none");
  for (std::size_t i = 0; i < count; ++i) {
    const double x = double(cloud.xy[2 * i]), y = double(cloud.xy[2 * i + 1]);
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    const std::int32_t label = cloud.labels.empty() ? 0 : cloud.labels[i];
    const Rgb& color = grey || label < 0 ? kBehind : palette(static_cast<std::size_t>(label));
    canvas.dot(frame.x(x), frame.y(y), radius, color, alpha);
  }
}

// The spacing of a square grid, from its extent: a grid of n points has about sqrt(n) a side.
double grid_spacing(const std::vector<float>& at) {
  float low = at[0], high = at[0];
  for (std::size_t i = 0; i < at.size(); i += 2) low = std::min(low, at[i]), high = std::max(high, at[i]);
  const double across = std::sqrt(static_cast<double>(at.size() / 2));
  return across > 1 ? double(high - low) / (across - 1) : 1.0;
}

void draw_arrows(Canvas& canvas, const ArrowField& field, double longest, const Frame& frame, double thickness) {
  require(field.at.size() == field.direction.size(), "a field has an arrow for each place");
  if (field.at.empty()) return;
  if (!(longest > 0)) longest = common_arrow_length({&field, 1});
  const double spacing = grid_spacing(field.at);
  for (std::size_t i = 0; i + 1 < field.at.size(); i += 2) {
    const double u = double(field.direction[i]), v = double(field.direction[i + 1]);
    const double length = std::sqrt(u * u + v * v);
    if (!(length > 0) || !std::isfinite(length) || !(longest > 0)) continue;
    const double scale = spacing * std::min(length / longest, 1.0) / length;
    const double x = double(field.at[i]), y = double(field.at[i + 1]);
    canvas.arrow(frame.x(x - u * scale / 2), frame.y(y - v * scale / 2), frame.x(x + u * scale / 2),
                 frame.y(y + v * scale / 2), thickness, palette(0));
  }
}

Canvas draw_inside(const Panel& panel, const Limits& limits, int side) {
  require(limits.x1 > limits.x0 && limits.y1 > limits.y0, "a panel's limits are empty");
  Canvas canvas(side, side);
  const Frame frame{limits, static_cast<double>(side)};
  const double unit = side / static_cast<double>(kPageSide * kDensity);
  const auto count = static_cast<double>(std::max<std::size_t>(panel.points.xy.size() / 2, 1));
  const double radius = unit * std::clamp(60 / std::sqrt(count), 1.5, 4.0);
  draw_points(canvas, panel.behind, frame, unit * 1.6, panel.arrows.at.empty() ? 0.35 : 0.7, true);
  draw_arrows(canvas, panel.arrows, panel.longest_arrow, frame, unit * 2.0);
  draw_points(canvas, panel.points, frame, radius, 0.7, false);
  return canvas;
}

// About four round numbers inside [low, high].
std::vector<double> round_numbers(double low, double high) {
  double step = 1;
  while (step * 5 < high - low) step *= 10;
  while (step > (high - low) / 2) step /= 10;
  for (const double factor : {5.0, 2.0})
    if (step * factor * 2 <= high - low) {
      step *= factor;
      break;
    }
  std::vector<double> numbers;
  for (double k = std::ceil(low / step); k * step <= high; ++k) numbers.push_back(k * step + 0.0);
  return numbers;
}

// Figures for a picture that has no other text: rows of a 5 x 7 dot matrix.
void draw_figure(Canvas& canvas, char figure, int left, int top, int scale) {
  static constexpr std::array<std::array<std::uint8_t, 7>, 12> kRows = {{
      {0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E},
      {0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E},
      {0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F},
      {0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E},
      {0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02},
      {0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E},
      {0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E},
      {0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
      {0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E},
      {0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C},
      {0x00, 0x00, 0x00, 0x1F, 0x00, 0x00, 0x00},
      {0x00, 0x00, 0x00, 0x00, 0x00, 0x0C, 0x0C},
  }};
  const std::size_t place = figure == '-' ? 10 : figure == '.' ? 11 : static_cast<std::size_t>(figure - '0');
  if (place >= kRows.size()) return;  // the e of an exponent: limits that large say little anyway
  for (int y = 0; y < 7; ++y)
    for (int x = 0; x < 5; ++x)
      if ((kRows[place][static_cast<std::size_t>(y)] >> (4 - x) & 1) != 0)
        canvas.rectangle(left + x * scale, top + y * scale, left + (x + 1) * scale, top + (y + 1) * scale, kInk);
}

void draw_text(Canvas& canvas, const std::string& text, int left, int top, int scale) {
  for (const char c : text) draw_figure(canvas, c, left, top, scale), left += 6 * scale;
}

// "0.5", "-2": three digits, without the zeros that say nothing.
std::string tick_text(double value) {
  std::string text = with_digits(value, 3);
  if (text.find('.') != std::string::npos && text.find('e') == std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::string coordinate(double value) { return with_digits(value, 4); }

}  // namespace

Limits common_limits(std::span<const Panel> panels) {
  std::array<double, 2> low{}, high{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    std::vector<double> whole, trimmed;
    for (const Panel& panel : panels) {
      append_axis(whole, panel.arrows.at, axis);
      append_axis(whole, panel.behind.xy, axis);
      append_axis(trimmed, panel.points.xy, axis);
    }
    const bool all = !whole.empty();
    std::vector<double>& values = all ? whole : trimmed;
    if (values.empty()) values = {-1, 1};
    low[axis] = all ? *std::min_element(values.begin(), values.end()) : quantile(values, kOutermost);
    high[axis] = all ? *std::max_element(values.begin(), values.end()) : quantile(values, 1 - kOutermost);
  }
  const double extent = std::max({high[0] - low[0], high[1] - low[1], 1e-6});
  const double half = extent * 0.5 * 1.12;
  const double x = (low[0] + high[0]) / 2, y = (low[1] + high[1]) / 2;
  return {x - half, x + half, y - half, y + half};
}

double common_arrow_length(std::span<const ArrowField> fields) {
  std::vector<double> lengths;
  for (const ArrowField& field : fields)
    for (std::size_t i = 0; i + 1 < field.direction.size(); i += 2) {
      const double u = double(field.direction[i]), v = double(field.direction[i + 1]);
      const double length = std::sqrt(u * u + v * v);
      if (std::isfinite(length)) lengths.push_back(length);
    }
  return lengths.empty() ? 0 : quantile(lengths, kArrowQuantile);
}

Picture panel_picture(const Panel& panel, const Limits& limits) {
  constexpr int kLeft = 30, kTop = 4, kBottom = 20, kRight = 6;
  constexpr int kWidth = kLeft + kPageSide + kRight, kHeight = kTop + kPageSide + kBottom;
  const Frame frame{limits, static_cast<double>(kPageSide)};
  std::string svg = "<svg role=\"img\" aria-label=\"" + html_escape(panel.title) + "\" viewBox=\"0 0 " +
                    std::to_string(kWidth) + " " + std::to_string(kHeight) + "\" width=\"" + std::to_string(kWidth) +
                    "\" height=\"" + std::to_string(kHeight) +
                    "\"><g font-size=\"10\" fill=\"currentColor\" text-anchor=\"middle\">";
  for (const double x : round_numbers(limits.x0, limits.x1)) {
    const std::string at = coordinate(kLeft + frame.x(x));
    svg += "<path stroke=\"currentColor\" d=\"M" + at + " " + std::to_string(kTop + kPageSide) + "v3\"/><text x=\"" +
           at + "\" y=\"" + std::to_string(kHeight - 5) + "\">" + tick_text(x) + "</text>";
  }
  svg += "</g><g font-size=\"10\" fill=\"currentColor\" text-anchor=\"end\">";
  for (const double y : round_numbers(limits.y0, limits.y1)) {
    const double at = kTop + frame.y(y);
    svg += "<path stroke=\"currentColor\" d=\"M" + std::to_string(kLeft) + " " + coordinate(at) + "h-3\"/><text x=\"" +
           std::to_string(kLeft - 5) + "\" y=\"" + coordinate(at + 3.5) + "\">" + tick_text(y) + "</text>";
  }
  const std::string box = "x=\"" + std::to_string(kLeft) + "\" y=\"" + std::to_string(kTop) + "\" width=\"" +
                          std::to_string(kPageSide) + "\" height=\"" + std::to_string(kPageSide) + "\"";
  svg += "</g><image " + box + " href=\"" +
         png_data_uri(encode_png(draw_inside(panel, limits, kPageSide * kDensity).transparent())) + "\"/><rect " + box +
         " fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".5\"/></svg>";
  Picture picture;
  picture.title = panel.title;
  picture.svg = std::move(svg);
  picture.file_png = encode_png(panel_image(panel, limits, 640));
  picture.keys = panel.keys;
  return picture;
}

Image panel_image(const Panel& panel, const Limits& limits, int side) {
  require(side >= 100 && side <= 16384, "a panel is between 100 and 16,384 pixels wide");
  const int scale = std::max(1, side / 320), figure = 6 * scale;
  const int left = 6 * figure, top = 3 * scale, inside = side - left - top;
  const Image dots = draw_inside(panel, limits, inside).on(kWhite);
  Canvas frame(side, top + inside + 14 * scale);
  frame.rectangle(left - scale, top - scale, left + inside + scale, top + inside + scale, kInk);
  const Frame axis{limits, static_cast<double>(inside)};
  for (const double x : round_numbers(limits.x0, limits.x1)) {
    const std::string text = tick_text(x);
    const int at = left + static_cast<int>(axis.x(x)), half = static_cast<int>(text.size()) * figure / 2;
    frame.rectangle(at, top + inside, at + scale, top + inside + 3 * scale, kInk);
    draw_text(frame, text, std::min(at - half, side - 2 * half), top + inside + 5 * scale, scale);
  }
  for (const double y : round_numbers(limits.y0, limits.y1)) {
    const std::string text = tick_text(y);
    const int at = top + static_cast<int>(axis.y(y));
    frame.rectangle(left - 3 * scale, at, left, at + scale, kInk);
    draw_text(frame, text, left - 4 * scale - static_cast<int>(text.size()) * figure, at - 3 * scale, scale);
  }
  Image image = frame.on(kWhite);
  for (int y = 0; y < inside; ++y)
    std::copy_n(dots.pixels.begin() + static_cast<std::ptrdiff_t>(y) * inside * 3, inside * 3, image.at(left, top + y));
  return image;
}

std::vector<Swatch> class_swatches(const std::vector<std::string>& names) {
  std::vector<Swatch> swatches;
  for (std::size_t i = 0; i < names.size(); ++i) swatches.push_back({names[i], palette(i).hex});
  return swatches;
}

}  // namespace ito::experiments::report
