// Panels: clouds of points and vector fields of the plane, in frames that share their limits.
//
// A panel has two faces: an SVG element for the page (text and frame in the page's colours, the dots a transparent PNG
// inside it) and a PNG of its own on white.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "experiments/report/document.h"
#include "experiments/report/png.h"

namespace ito::experiments::report {

struct PointCloud {
  std::vector<float> xy;             // [N, 2]
  std::vector<std::int32_t> labels;  // N, or empty; a label below 0 is grey
};

struct ArrowField {
  std::vector<float> at;         // [N, 2], on a square grid
  std::vector<float> direction;  // [N, 2]
};

struct Panel {
  std::string title = "";
  PointCloud behind = {};  // what the points should look like: grey
  PointCloud points = {};
  ArrowField arrows = {};
  double longest_arrow = 0;  // the length drawn one grid spacing long; 0: this panel's 95th percentile
  std::vector<std::string> keys = {};
};

struct Limits {
  double x0 = -1, x1 = 1, y0 = -1, y1 = 1;
};

// A square that holds the panels' arrows, the grey points where there are any, else all but the outermost 1 % of the
// points on each side; a little room around. One runaway sample does not shrink the others to a speck.
Limits common_limits(std::span<const Panel> panels);

// The 95th percentile of the arrows' lengths over several fields, so that panels beside each other compare.
double common_arrow_length(std::span<const ArrowField> fields);

Picture panel_picture(const Panel& panel, const Limits& limits);

// The panel alone on white, `side` pixels wide, with a frame and figures along it.
Image panel_image(const Panel& panel, const Limits& limits, int side);

// What the colours of labels 0, 1, ... mean.
std::vector<Swatch> class_swatches(const std::vector<std::string>& names);

}  // namespace ito::experiments::report
