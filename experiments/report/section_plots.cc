#include <algorithm>
#include <map>

#include "experiments/report/section_layout.h"

namespace ito::experiments::report {
namespace {

constexpr std::size_t kMostPanels = 12;
constexpr const char* kSolverAxis = "sampler.name";
constexpr double kLogFrom = 4;  // an axis whose values span more than this factor is logarithmic

// Row axes as series and panels: the solver (or else the last axis) tells series apart.
struct SeriesAndPanels {
  std::vector<std::size_t> series, panels;
};

SeriesAndPanels split(const SectionLayout& layout) {
  SeriesAndPanels out;
  if (layout.rows.empty()) return out;
  auto chosen = std::find_if(layout.rows.begin(), layout.rows.end(),
                             [&](std::size_t axis) { return layout.cells.axes[axis].key == kSolverAxis; });
  if (chosen == layout.rows.end()) chosen = layout.rows.end() - 1;
  out.series = {*chosen};
  for (const std::size_t axis : layout.rows)
    if (axis != *chosen) out.panels.push_back(axis);
  return out;
}

// Positive, and spread widely enough.
bool wants_log(const std::vector<double>& values) {
  if (values.empty()) return false;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low > 0 && *high > kLogFrom * *low;
}

struct FloorBand {
  std::optional<Interval> band;
  void add(const GroupEstimate& estimate) {
    if (!estimate.floor) return;
    const double error = estimate.floor_error.value_or(0);
    const Interval next{*estimate.floor - error, *estimate.floor + error};
    band = band ? Interval{std::min(band->low, next.low), std::max(band->high, next.high)} : next;
  }
};

struct Point {
  double x;
  GroupEstimate y;
};

// Plots by panel, filled in the order of rows.
class PanelPlots {
 public:
  PanelPlots(const SectionLayout& layout, const SeriesAndPanels& axes) : layout_(layout), axes_(axes) {}

  void add(const std::vector<std::size_t>& row, const std::vector<Point>& points) {
    std::vector<std::size_t> panel;
    for (const std::size_t axis : axes_.panels) panel.push_back(row[axis]);
    const auto [found, is_new] = places_.emplace(panel, plots_.size());
    if (is_new) {
      plots_.push_back({.title = row_text(layout_, row, axes_.panels)});
      floors_.emplace_back();
    }
    Series series{.name = axes_.series.empty() ? "" : row_text(layout_, row, axes_.series)};
    for (const Point& point : points) {
      if (!point.y.mean) continue;
      series.x.push_back(point.x);
      series.y.push_back(*point.y.mean);
      series.error.push_back(point.y.error.value_or(0));
      floors_[found->second].add(point.y);
      all_x_.push_back(point.x);
      all_y_.push_back(*point.y.mean);
    }
    if (!series.x.empty()) plots_[found->second].series.push_back(std::move(series));
  }

  PlotGrid grid(const std::string& title, const std::string& x_label, const std::string& y_label) {
    PlotGrid grid;
    grid.title = title;
    for (std::size_t i = 0; i < plots_.size(); ++i) {
      Plot& plot = plots_[i];
      plot.x_label = x_label;
      plot.y_label = y_label;
      plot.log_x = wants_log(all_x_);
      plot.log_y = wants_log(all_y_);
      plot.floor = floors_[i].band;
      if (plot.title.empty()) plot.title = title;
      if (!plot.series.empty()) grid.plots.push_back(std::move(plot));
    }
    if (grid.plots.size() > kMostPanels) {
      grid.caption = "The first " + std::to_string(kMostPanels) + " of " + std::to_string(grid.plots.size()) +
                     " panels; the tables hold all. ";
      grid.plots.resize(kMostPanels);
    }
    grid.caption += grid.plots.size() > 1 ? "Panels share their axes. Bars: standard error over seeds."
                                          : "Bars: standard error over seeds.";
    return grid;
  }

 private:
  const SectionLayout& layout_;
  const SeriesAndPanels& axes_;
  std::map<std::vector<std::size_t>, std::size_t> places_;
  std::vector<Plot> plots_;
  std::vector<FloorBand> floors_;
  std::vector<double> all_x_, all_y_;
};

double number_of(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

// Along the steps evaluations are the fairer axis. Other settings may change them too, as guidance does that needs a
// second branch, but it is against the setting itself that one asks to see a metric.
bool against_evaluations(const SectionLayout& layout, const std::vector<std::vector<std::size_t>>& rows) {
  if (layout.cells.axes[*layout.laid].key != "grid.steps") return false;
  for (const auto& row : rows) {
    std::vector<double> seen;
    for (std::size_t place = 0; place < layout.cells.axes[*layout.laid].values.size(); ++place)
      if (const CellGroup* group = group_at(layout, row, place))
        if (const auto nfe = evaluations(*group)) seen.push_back(*nfe);
    if (!seen.empty() && *std::min_element(seen.begin(), seen.end()) < *std::max_element(seen.begin(), seen.end()))
      return true;
  }
  return false;
}

enum class Against { laid, evaluations, seconds };

std::string axis_name(const SectionLayout& layout, Against against) {
  if (against == Against::laid) return layout.cells.axes[*layout.laid].key;
  return against == Against::evaluations ? "network evaluations" : "seconds";
}

PlotGrid metric_plot(const SectionLayout& layout, const SeriesAndPanels& axes, const std::string& metric,
                     Against against) {
  const GroupAxis& laid = layout.cells.axes[*layout.laid];
  PanelPlots plots(layout, axes);
  for (const auto& row : row_places(layout)) {
    std::vector<Point> points;
    for (std::size_t place = 0; place < laid.values.size(); ++place) {
      const CellGroup* group = group_at(layout, row, place);
      if (group == nullptr) continue;
      const std::optional<double> x = against == Against::laid          ? number_of(laid.values[place])
                                      : against == Against::evaluations ? evaluations(*group)
                                                                        : seconds(*group);
      if (x) points.push_back({*x, estimate(*group, metric)});
    }
    std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
    plots.add(row, points);
  }
  const std::string x = axis_name(layout, against);
  return plots.grid(metric + " against " + x, x, metric);
}

PlotGrid family_plot(const SectionLayout& layout, const SeriesAndPanels& axes, const std::string& family) {
  const std::size_t last = layout.laid ? layout.cells.axes[*layout.laid].values.size() - 1 : 0;
  std::string parameter;
  PanelPlots plots(layout, axes);
  for (const auto& row : row_places(layout)) {
    const CellGroup* group = group_at(layout, row, last);
    if (group == nullptr) continue;
    std::vector<Point> points;
    for (const std::string& metric : layout.cells.metrics) {
      const auto member = metric_family(metric);
      if (!member || member->name != family) continue;
      parameter = member->parameter;
      points.push_back({member->at, estimate(*group, metric)});
    }
    std::stable_sort(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.x < b.x; });
    plots.add(row, points);
  }
  return plots.grid(family + " along " + parameter, parameter, family);
}

}  // namespace

std::vector<Block> section_plots(const SectionLayout& layout) {
  const SeriesAndPanels axes = split(layout);
  std::vector<PlotGrid> grids;
  if (layout.laid) {
    const Against against = against_evaluations(layout, row_places(layout)) ? Against::evaluations : Against::laid;
    for (const std::string& metric : layout.metrics) grids.push_back(metric_plot(layout, axes, metric, against));
  }
  // Metrics of one panel each share a figure.
  if (axes.panels.empty() && grids.size() > 1) {
    PlotGrid all{.title = "Metrics against " + grids[0].plots.at(0).x_label, .caption = grids[0].caption};
    for (PlotGrid& grid : grids)
      for (Plot& plot : grid.plots) {
        plot.title = plot.y_label;
        all.plots.push_back(std::move(plot));
      }
    grids = {std::move(all)};
  }
  // Work and precision: what an error costs in time as well, which is no part of the contract.
  for (const std::string& metric : layout.metrics)
    if (has_slopes(layout, metric)) grids.push_back(metric_plot(layout, axes, metric, Against::seconds));
  for (const std::string& family : layout.families) grids.push_back(family_plot(layout, axes, family));
  std::vector<Block> blocks;
  for (PlotGrid& grid : grids)
    if (!grid.plots.empty()) blocks.emplace_back(std::move(grid));
  return blocks;
}

}  // namespace ito::experiments::report
