// Plot: curves over a shared pair of axes, drawn by gnuplot as SVG. Work-precision diagrams are plots with log axes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ito::experiments::report {

struct Series {
  std::string name = "";
  std::vector<double> x = {}, y = {};
  std::vector<double> error = {};  // standard errors; empty, or one for each point
};

struct Interval {
  double low, high;
};

struct Plot {
  std::string title = "";
  std::string x_label = "";
  std::string y_label = "";
  bool log_x = false;
  bool log_y = false;
  std::vector<Series> series = {};
  std::optional<Interval> floor = {};  // what fresh data would give: a shaded band
};

// Small multiples: plots in rows, one legend for all (series of one name keep one style), one pair of axes for those
// that show one quantity against another (equal labels and scales).
struct PlotGrid {
  std::string title = "";
  std::string caption = "";
  std::vector<Plot> plots = {};
};

struct PlotSvg {
  std::string inline_svg;  // for a page: takes the page's colours, no legend (see legend_html)
  std::string file_svg;    // a file of its own: white ground, title and legend inside
};

// Every plot drawn, by one gnuplot process. `id` makes ids unique on a page. EnvironmentError without gnuplot.
// Points that an axis cannot show (zero or negative on a log axis, not finite) are left out.
std::vector<PlotSvg> draw_plots(const PlotGrid& grid, const std::string& id);

enum class PlotFormat { svg, png };
// All plots of a grid side by side in one picture, at most four in a row, with their legend beside them.
std::string draw_picture(const PlotGrid& grid, PlotFormat format);

// The legend of a grid as HTML: a line and a mark for each series name.
std::string legend_html(const PlotGrid& grid);

}  // namespace ito::experiments::report
