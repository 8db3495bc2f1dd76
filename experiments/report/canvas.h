// Canvas: anti-aliased dots and lines on a transparent ground, for clouds of points and vector fields.
//
// Coordinates are pixels, (0, 0) the top left corner of the first. What covers a pixel by the fraction a is blended
// "over" with alpha a; a shape's coverage is its signed distance to the pixel's centre, clamped to half a pixel.
#pragma once

#include <vector>

#include "experiments/report/palette.h"
#include "experiments/report/png.h"

namespace ito::experiments::report {

class Canvas {
 public:
  Canvas(int width, int height);
  int width() const { return width_; }
  int height() const { return height_; }

  void dot(double x, double y, double radius, const Rgb& color, double alpha);
  void line(double x0, double y0, double x1, double y1, double thickness, const Rgb& color, double alpha);
  // A line with a filled head at (x1, y1); a short one is all head.
  void arrow(double x0, double y0, double x1, double y1, double thickness, const Rgb& color);
  void rectangle(int x0, int y0, int x1, int y1, const Rgb& color);

  Image transparent() const;          // RGBA
  Image on(const Rgb& ground) const;  // RGB

 private:
  void blend(int x, int y, const Rgb& color, double alpha);
  template <class Coverage>
  void fill(double x0, double y0, double x1, double y1, const Rgb& color, double alpha, const Coverage& coverage);

  struct Pixel {  // premultiplied
    float r = 0, g = 0, b = 0, a = 0;
  };
  int width_, height_;
  std::vector<Pixel> pixels_;
};

}  // namespace ito::experiments::report
