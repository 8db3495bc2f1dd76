#include "experiments/report/plot.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "experiments/report/gnuplot.h"
#include "experiments/report/palette.h"
#include "experiments/report/text.h"
#include "kernels/core/error.h"
#include "kernels/core/math.h"

namespace ito::experiments::report {
namespace {

struct Theme {
  const char* ink;
  const char* grid;
  const char* band;
  bool legend;
};
// On a page three colours that nothing else uses stand for the page's own, and are replaced (see themed).
constexpr Theme kPage = {"#010203", "#010204", "#010205", false};
constexpr Theme kFile = {"#333333", "#dddddd", "#eeeeee", true};

constexpr const char* kFloorName = "floor";
constexpr int kPointTypes[] = {7,  5,  9,
                               13, 11, 15};  // filled circle, square, triangle, diamond, triangle down, pentagon
constexpr std::size_t kShapes = std::size(kPointTypes);

bool showable(double value, bool log) { return std::isfinite(value) && (!log || value > 0); }

// Distinct series names in order of appearance: a name's place decides its colour and mark in every plot.
std::vector<std::string> series_names(const PlotGrid& grid) {
  std::vector<std::string> names;
  for (const Plot& plot : grid.plots)
    for (const Series& series : plot.series)
      if (std::find(names.begin(), names.end(), series.name) == names.end()) names.push_back(series.name);
  return names;
}

double error_at(const Series& series, std::size_t i) {
  return i < series.error.size() && std::isfinite(series.error[i]) ? series.error[i] : 0;
}

// The smallest interval that holds what an axis shows, a little wider.
class Range {
 public:
  explicit Range(bool log) : log_(log) {}
  void add(double value) {
    if (!showable(value, log_)) return;
    low_ = empty_ ? value : std::min(low_, value);
    high_ = empty_ ? value : std::max(high_, value);
    empty_ = false;
  }
  Interval padded() const {
    if (empty_) return log_ ? Interval{1, 10} : Interval{0, 1};
    if (log_) return {low_ / 1.2, high_ * 1.2};
    const double room = high_ > low_ ? 0.06 * (high_ - low_) : std::max(std::fabs(high_) * 0.1, 1e-12);
    return {low_ - room, high_ + room};
  }

 private:
  bool log_;
  bool empty_ = true;
  double low_ = 0, high_ = 0;
};

struct Tick {
  double at;
  std::string label;  // gnuplot's enhanced text
};

std::string tick_list(const std::vector<Tick>& ticks) {
  std::string out = "(";
  for (const Tick& tick : ticks)
    out += (out.size() > 1 ? ", " : "") + gnuplot_string(tick.label) + " " + shortest(tick.at);
  return out + ")";
}

// 1, 2, 5 times powers of ten over a short range; powers of ten, at most about eight, over a long one.
std::vector<Tick> log_ticks(Interval range) {
  int first = 400, last = -400;
  std::vector<std::pair<int, int>> inside;  // (mantissa, exponent)
  for (int exponent = -307; exponent <= 307; ++exponent)
    for (const int mantissa : {1, 2, 5}) {
      const std::string text = std::to_string(mantissa) + "e" + std::to_string(exponent);
      double value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      if (value < range.low || value > range.high) continue;
      inside.emplace_back(mantissa, exponent);
      first = std::min(first, exponent);
      last = std::max(last, exponent);
    }
  const bool fine = inside.size() <= 8;
  const int stride = std::max(1, (last - first + 7) / 8);
  std::vector<Tick> ticks;
  for (const auto& [mantissa, exponent] : inside) {
    if (!fine && (mantissa != 1 || (exponent - first) % stride != 0)) continue;
    const std::string text = std::to_string(mantissa) + "e" + std::to_string(exponent);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    const bool plain = exponent >= -3 && exponent <= 4;
    const std::string power = "10^{" + std::to_string(exponent) + "}";
    ticks.push_back({value, plain           ? with_digits(value, 1)
                            : mantissa == 1 ? power
                                            : std::to_string(mantissa) + "·" + power});
  }
  return ticks;
}

// Where on the axis `value` stands, between 0 and 1.
double fraction(double value, Interval range, bool log) {
  return log ? math::log(value / range.low) / math::log(range.high / range.low)
             : (value - range.low) / (range.high - range.low);
}

// The swept values themselves where they are few; those that more series share go first, and each needs room for its
// label beside the ones before.
std::vector<Tick> value_ticks(const Plot& plot, Interval range, double axis_pixels) {
  constexpr double kDigit = 7.5, kRoom = 8;  // pixels
  std::map<double, int> uses;
  for (const Series& series : plot.series)
    for (const double x : series.x)
      if (showable(x, plot.log_x)) ++uses[x];
  if (uses.empty() || uses.size() > 12) return {};
  std::vector<std::pair<double, int>> order(uses.begin(), uses.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<Tick> ticks;
  std::vector<Interval> taken;
  for (const auto& [value, count] : order) {
    const std::string label = shortest(value);
    const double at = fraction(value, range, plot.log_x) * axis_pixels;
    const double half = (static_cast<double>(label.size()) * kDigit + kRoom) / 2;
    const bool free = std::all_of(taken.begin(), taken.end(), [&](const Interval& other) {
      return at + half <= other.low || at - half >= other.high;
    });
    if (!free) continue;
    ticks.push_back({value, label});
    taken.push_back({at - half, at + half});
  }
  return ticks;
}

std::string range_text(const char* axis, Interval range) {
  return std::string("set ") + axis + "range [" + shortest(range.low) + ":" + shortest(range.high) + "]\n";
}

std::string datablocks(const Plot& plot, Interval x, Interval y) {
  std::string out;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const Series& series = plot.series[s];
    require(series.x.size() == series.y.size(), "a series has as many x as y");
    out += "$s" + std::to_string(s) + " << END\n";
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!showable(series.x[i], plot.log_x) || !showable(series.y[i], plot.log_y)) {
        out += "\n";  // a gap in the line
        continue;
      }
      const double low = series.y[i] - error_at(series, i);
      out += shortest(series.x[i]) + " " + shortest(series.y[i]) + " " +
             shortest(showable(low, plot.log_y) ? low : y.low) + " " + shortest(series.y[i] + error_at(series, i)) +
             "\n";
    }
    out += "END\n";
  }
  if (plot.floor) {
    const double low = showable(plot.floor->low, plot.log_y) ? plot.floor->low : y.low;
    const std::string band = " " + shortest(low) + " " + shortest(plot.floor->high) + "\n";
    out += "$floor << END\n" + shortest(x.low) + band + shortest(x.high) + band + "END\n";
  }
  return out;
}

struct Axes {
  Interval x, y;
};

// Panels of one quantity against another are there to be compared: they share their axes.
bool comparable(const Plot& a, const Plot& b) {
  return a.x_label == b.x_label && a.y_label == b.y_label && a.log_x == b.log_x && a.log_y == b.log_y;
}

Axes axes_of(const Plot& plot, const PlotGrid& grid) {
  Range x(plot.log_x), y(plot.log_y);
  for (const Plot& other : grid.plots) {
    if (!comparable(plot, other)) continue;
    for (const Series& series : other.series)
      for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
        if (!showable(series.x[i], plot.log_x) || !showable(series.y[i], plot.log_y)) continue;
        x.add(series.x[i]);
        y.add(series.y[i]);
        y.add(series.y[i] - error_at(series, i));
        y.add(series.y[i] + error_at(series, i));
      }
    if (other.floor) y.add(other.floor->low), y.add(other.floor->high);
  }
  return {x.padded(), y.padded()};
}

// The axes, curves and (where the theme has it) legend of one plot, drawn on the terminal that is set.
std::string panel(const Plot& plot, const Axes& axes, const std::vector<std::string>& names, const Theme& theme,
                  bool small) {
  const auto& [x, y] = axes;
  const std::string ink = std::string(" rgb '") + theme.ink + "'", grid = std::string(" rgb '") + theme.grid + "'";
  std::string out;
  out += "set border 3 lc" + ink + " lw 0.8\nset tics nomirror out scale 0.5 textcolor" + ink + "\n";
  out += "set grid lc" + grid + " lt 1 lw 0.6\n";
  out += theme.legend ? "set key outside right center vertical Left reverse samplen 2 textcolor" + ink + "\n"
                      : "unset key\n";
  if (theme.legend && !plot.title.empty())
    out += "set title " + gnuplot_string(plot.title) + " noenhanced textcolor" + ink + "\n";
  out += "set xlabel " + gnuplot_string(plot.x_label) + " noenhanced offset 0,0.4 textcolor" + ink + "\n";
  out += "set ylabel " + gnuplot_string(plot.y_label) + " noenhanced textcolor" + ink + "\n";
  if (plot.log_x) out += "set logscale x\n";
  if (plot.log_y) out += "set logscale y\n";
  out += range_text("x", x) + range_text("y", y);
  std::vector<Tick> x_ticks = value_ticks(plot, x, small ? 310 : 540);
  if (x_ticks.empty() && plot.log_x) x_ticks = log_ticks(x);
  if (!x_ticks.empty()) out += "set xtics " + tick_list(x_ticks) + "\n";
  if (plot.log_y) out += "set ytics " + tick_list(log_ticks(y)) + "\n";

  out += datablocks(plot, x, y) + "plot ";
  if (plot.floor)
    out += std::string("$floor using 1:2:3 with filledcurves lc rgb '") + theme.band + "' fs solid noborder title " +
           gnuplot_string(kFloorName) + ", ";
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const auto place =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), plot.series[s].name) - names.begin());
    const std::string block = "$s" + std::to_string(s);
    const std::string color = std::string(" lc rgb '") + palette(place).hex + "'";
    if (!plot.series[s].error.empty())
      out += block + " using 1:3:(0):($4-$3) with vectors nohead" + color + " lw 1 notitle, ";
    out += block + " using 1:2 with linespoints" + color + " lw 1.8 ps 0.55 pt " +
           std::to_string(kPointTypes[place % kShapes]) + (place >= kPalette.size() ? " dt 2" : "") + " title " +
           gnuplot_string(plot.series[s].name) + " noenhanced, ";
  }
  if (plot.series.empty()) out += "NaN notitle, ";
  out.resize(out.size() - 2);
  return out + "\n";
}

std::string script(const Plot& plot, const Axes& axes, const std::vector<std::string>& names, const Theme& theme,
                   bool small) {
  std::string out = "reset\nset encoding utf8\n";
  out += std::string("set terminal svg enhanced size ") +
         (small && !theme.legend ? "400,300"
          : theme.legend         ? "780,420"
                                 : "640,400") +
         " dynamic font 'sans-serif,13'" + (theme.legend ? " background '#ffffff'" : "") + "\nset output\n";
  return out + panel(plot, axes, names, theme, small) + "unset output\n";
}

// A panel of nothing but the names.
std::string legend_panel(const std::vector<std::string>& names) {
  std::string out =
      "unset border\nunset tics\nunset grid\nunset title\nunset xlabel\nunset ylabel\nunset logscale\n"
      "set key at graph 0,1 left top vertical Left reverse samplen 2 maxrows 1000\n"
      "set xrange [0:1]\nset yrange [0:1]\nplot ";
  for (std::size_t i = 0; i < names.size(); ++i)
    out += std::string(i > 0 ? ", " : "") + "NaN with linespoints lc rgb '" + palette(i).hex + "' lw 1.8 ps 0.55 pt " +
           std::to_string(kPointTypes[i % kShapes]) + (i >= kPalette.size() ? " dt 2" : "") + " title " +
           gnuplot_string(names[i]) + " noenhanced";
  return out + "\n";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string without(std::string text, const std::string& begin, const std::string& end) {
  const std::size_t first = text.find(begin);
  if (first == std::string::npos) return text;
  const std::size_t last = text.find(end, first);
  return last == std::string::npos ? text : text.erase(first, last + end.size() - first);
}

// gnuplot's document as an element of a page: the page's colours and font, ids of its own, no tool tip "Gnuplot".
std::string themed(std::string svg, const Plot& plot, const std::string& id) {
  svg = svg.substr(std::min(svg.find("<svg"), svg.size()));
  svg = without(std::move(svg), "<title>", "</title>");
  svg = without(std::move(svg), "<desc>", "</desc>");
  svg = replaced(std::move(svg), "<svg",
                 "<svg role=\"img\" aria-label=\"" +
                     html_escape(plot.title + " (" + plot.y_label + " against " + plot.x_label + ")") + "\"");
  for (const char* quote : {"'", "\""}) {
    svg = replaced(std::move(svg), std::string("id=") + quote, std::string("id=") + quote + id + "-");
  }
  svg = replaced(std::move(svg), "href='#", "href='#" + id + "-");
  svg = replaced(std::move(svg), "font-family=\"sans-serif\"", "");
  svg = replaced(std::move(svg), "color=\"black\"", "");
  for (const char* ink : {"rgb(  1,   2,   3)", "rgb(1,2,3)"}) svg = replaced(std::move(svg), ink, "currentColor");
  for (const char* grid : {"rgb(  1,   2,   4)", "rgb(1,2,4)"}) svg = replaced(std::move(svg), grid, "var(--grid)");
  for (const char* band : {"rgb(  1,   2,   5)", "rgb(1,2,5)"}) svg = replaced(std::move(svg), band, "var(--band)");
  return svg;
}

}  // namespace

std::vector<PlotSvg> draw_plots(const PlotGrid& grid, const std::string& id) {
  const std::vector<std::string> names = series_names(grid);
  const bool small = grid.plots.size() > 1;
  std::string all;
  // All for the page first: gnuplot 5.4's svg terminal never forgets a background.
  for (const Theme& theme : {kPage, kFile})
    for (const Plot& plot : grid.plots) all += script(plot, axes_of(plot, grid), names, theme, small);
  const std::string output = run_gnuplot(all);

  std::vector<std::string> documents;
  for (std::size_t at = output.find("<?xml"); at != std::string::npos;) {
    const std::size_t next = output.find("<?xml", at + 1);
    documents.push_back(output.substr(at, next - at));
    at = next;
  }
  if (documents.size() != 2 * grid.plots.size())
    throw EnvironmentError("gnuplot drew " + std::to_string(documents.size()) + " pictures where " +
                           std::to_string(2 * grid.plots.size()) + " were asked");
  std::vector<PlotSvg> drawn;
  for (std::size_t i = 0; i < grid.plots.size(); ++i)
    drawn.push_back({themed(std::move(documents[i]), grid.plots[i], id + "-" + std::to_string(i)),
                     std::move(documents[grid.plots.size() + i])});
  return drawn;
}

std::string draw_picture(const PlotGrid& grid, PlotFormat format) {
  constexpr std::size_t kColumns = 4, kWidth = 380, kHeight = 320, kLine = 17;  // pixels of a panel, of a name
  require(!grid.plots.empty(), "a picture needs a plot");
  const std::vector<std::string> names = series_names(grid);
  const std::size_t panels = grid.plots.size() + 1, columns = std::min(kColumns, panels);
  const std::size_t rows = (panels + columns - 1) / columns;
  const std::size_t height = std::max(rows * kHeight, rows * (kLine * names.size() + 40));
  const std::string size = std::to_string(columns * kWidth) + "," + std::to_string(height);
  std::string all = "reset\nset encoding utf8\nset terminal ";
  all += format == PlotFormat::svg ? "svg enhanced size " + size + " dynamic font 'sans-serif,12' background '#ffffff'"
                                   : "pngcairo enhanced size " + size + " font 'sans-serif,10' background '#ffffff'";
  all += "\nset output\nset multiplot layout " + std::to_string(rows) + "," + std::to_string(columns) +
         (grid.title.empty() ? "" : " title " + gnuplot_string(grid.title) + " noenhanced") + "\n";
  Theme theme = kFile;
  theme.legend = false;
  for (const Plot& plot : grid.plots) {
    if (!plot.title.empty()) all += "set title " + gnuplot_string(plot.title) + " noenhanced\n";
    all += panel(plot, axes_of(plot, grid), names, theme, true);
    all += "unset logscale\nset xtics autofreq\nset ytics autofreq\n";
  }
  return run_gnuplot(all + legend_panel(names) + "unset multiplot\nunset output\n");
}

std::string legend_html(const PlotGrid& grid) {
  static constexpr const char* kMarks[kShapes] = {"<circle cx=\"14\" cy=\"6\" r=\"3.4\"/>",
                                                  "<path d=\"M11 3h6v6h-6z\"/>",
                                                  "<path d=\"M14 2l4 7h-8z\"/>",
                                                  "<path d=\"M14 2l4 4-4 4-4-4z\"/>",
                                                  "<path d=\"M14 10l4-7h-8z\"/>",
                                                  "<path d=\"M14 2l4 3-1.5 4.5h-5L10 5z\"/>"};
  const std::vector<std::string> names = series_names(grid);
  const bool floor =
      std::any_of(grid.plots.begin(), grid.plots.end(), [](const Plot& p) { return p.floor.has_value(); });
  if (names.size() <= 1 && !floor) return "";
  std::string out = "<ul class=\"legend\">";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string color = palette(i).hex;
    out += "<li><svg width=\"28\" height=\"12\" fill=\"" + color + "\" stroke=\"" + color +
           "\" aria-hidden=\"true\"><path d=\"M0 6h28\" stroke-width=\"1.8\"" +
           (i >= kPalette.size() ? " stroke-dasharray=\"5 3\"" : "") + "/>" + kMarks[i % kShapes] + "</svg>" +
           html_escape(names[i]) + "</li>";
  }
  if (floor)
    out += std::string(
               "<li><svg width=\"28\" height=\"12\" aria-hidden=\"true\"><path d=\"M0 1h28v10H0z\" "
               "fill=\"var(--band)\"/></svg>") +
           kFloorName + "</li>";
  return out + "</ul>\n";
}

}  // namespace ito::experiments::report
