#include "experiments/report/canvas.h"

#include <algorithm>
#include <cmath>

namespace ito::experiments::report {
namespace {

std::uint8_t byte(double value) { return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5); }

// Distance from (x, y) to the segment from (x0, y0) to (x1, y1).
double segment_distance(double x, double y, double x0, double y0, double x1, double y1) {
  const double dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
  const double along = length2 > 0 ? std::clamp(((x - x0) * dx + (y - y0) * dy) / length2, 0.0, 1.0) : 0.0;
  const double ex = x - (x0 + along * dx), ey = y - (y0 + along * dy);
  return std::sqrt(ex * ex + ey * ey);
}

}  // namespace

Canvas::Canvas(int width, int height)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

void Canvas::blend(int x, int y, const Rgb& color, double alpha) {
  Pixel& p = pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
  const auto a = static_cast<float>(alpha);
  p.r = a * static_cast<float>(color.r) + (1 - a) * p.r;
  p.g = a * static_cast<float>(color.g) + (1 - a) * p.g;
  p.b = a * static_cast<float>(color.b) + (1 - a) * p.b;
  p.a = a + (1 - a) * p.a;
}

// Blends every pixel of the box by coverage(centre), clipped to the canvas.
template <class Coverage>
void Canvas::fill(double x0, double y0, double x1, double y1, const Rgb& color, double alpha,
                  const Coverage& coverage) {
  if (!(x0 <= x1 && y0 <= y1)) return;  // not a number
  const auto clip = [](double value, int end) {
    return static_cast<int>(std::clamp(std::floor(value), 0.0, double(end)));
  };
  const int first_x = clip(x0 - 1, width_), last_x = clip(x1 + 2, width_);
  const int first_y = clip(y0 - 1, height_), last_y = clip(y1 + 2, height_);
  for (int y = first_y; y < last_y; ++y)
    for (int x = first_x; x < last_x; ++x) {
      const double covered = std::clamp(coverage(x + 0.5, y + 0.5), 0.0, 1.0);
      if (covered > 0) blend(x, y, color, covered * alpha);
    }
}

void Canvas::dot(double x, double y, double radius, const Rgb& color, double alpha) {
  fill(x - radius, y - radius, x + radius, y + radius, color, alpha,
       [&](double px, double py) { return radius + 0.5 - std::sqrt((px - x) * (px - x) + (py - y) * (py - y)); });
}

void Canvas::line(double x0, double y0, double x1, double y1, double thickness, const Rgb& color, double alpha) {
  const double half = thickness / 2;
  fill(std::min(x0, x1) - half, std::min(y0, y1) - half, std::max(x0, x1) + half, std::max(y0, y1) + half, color, alpha,
       [&](double px, double py) { return half + 0.5 - segment_distance(px, py, x0, y0, x1, y1); });
}

void Canvas::arrow(double x0, double y0, double x1, double y1, double thickness, const Rgb& color) {
  const double dx = x1 - x0, dy = y1 - y0, length = std::sqrt(dx * dx + dy * dy);
  if (!(length > 0) || !std::isfinite(length)) return;
  const double ux = dx / length, uy = dy / length;
  const double head = std::min(length, 4.2 * thickness), half = 0.55 * head;
  line(x0, y0, x1 - ux * head * 0.8, y1 - uy * head * 0.8, thickness, color, 1);
  // The head: inside three half planes, along the shaft (u) and across it (v).
  const double slope = std::sqrt(head * head + half * half);
  fill(x1 - head - half, y1 - head - half, x1 + head + half, y1 + head + half, color, 1, [&](double px, double py) {
    const double u = (px - x1) * ux + (py - y1) * uy, v = (px - x1) * uy - (py - y1) * ux;
    const double side = (-u * half - std::fabs(v) * head) / slope;  // distance inside the nearer slanted edge
    return std::min(side, u + head) + 0.5;
  });
}

void Canvas::rectangle(int x0, int y0, int x1, int y1, const Rgb& color) {
  for (int y = std::max(y0, 0); y < std::min(y1, height_); ++y)
    for (int x = std::max(x0, 0); x < std::min(x1, width_); ++x) blend(x, y, color, 1);
}

Image Canvas::transparent() const {
  // Fifteen levels a channel are plenty for dots, and compress to a third.
  const auto level = [](double value) { return static_cast<std::uint8_t>(byte(value / 17) * 17); };
  Image image(width_, height_, 4, 0);
  std::uint8_t* out = image.pixels.data();
  for (const Pixel& p : pixels_) {
    const double scale = p.a > 0 ? 1.0 / double(p.a) : 0.0;
    *out++ = level(double(p.r) * scale);
    *out++ = level(double(p.g) * scale);
    *out++ = level(double(p.b) * scale);
    *out++ = level(double(p.a) * 255);
  }
  return image;
}

Image Canvas::on(const Rgb& ground) const {
  Image image(width_, height_, 3, 0);
  std::uint8_t* out = image.pixels.data();
  for (const Pixel& p : pixels_) {
    const double rest = 1 - double(p.a);
    *out++ = byte(double(p.r) + rest * ground.r);
    *out++ = byte(double(p.g) + rest * ground.g);
    *out++ = byte(double(p.b) + rest * ground.b);
  }
  return image;
}

}  // namespace ito::experiments::report
