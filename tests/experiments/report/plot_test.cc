#include "experiments/report/plot.h"

#include <filesystem>

#include "experiments/report/gnuplot.h"
#include "kernels/core/error.h"
#include "tests/support/environment.h"

namespace ito::experiments::report {
namespace {

PlotGrid work_precision() {
  Plot plot;
  plot.title = "W2 against evaluations";
  plot.x_label = "network evaluations";
  plot.y_label = "W2";
  plot.log_x = plot.log_y = true;
  plot.series = {{"ddim", {5, 10, 20, 50}, {0.9, 0.3, 0.12, 0.11}, {0.02, 0.01, 0.01, 0.01}},
                 {"dpm_solver_pp_2m", {5, 10, 20, 50}, {0.5, 0.13, 0.11, 0.11}, {0.02, 0.01, 0.01, 0.2}}};
  plot.floor = Interval{0.1, 0.12};
  PlotGrid grid;
  grid.plots = {plot, plot};
  grid.plots[1].series.pop_back();
  return grid;
}

bool gnuplot_missing() {
  try {
    run_gnuplot("print 1\n");
    return false;
  } catch (const EnvironmentError&) {
    return true;
  }
}

int occurrences(const std::string& text, const std::string& what) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++count;
  return count;
}

TEST(ReportPlot, DrawsEveryPlotForThePageAndForAFile) {
  if (gnuplot_missing()) GTEST_SKIP() << "gnuplot is not installed";
  const std::vector<PlotSvg> drawn = draw_plots(work_precision(), "p1");
  ASSERT_EQ(drawn.size(), 2u);
  for (const PlotSvg& plot : drawn) {
    EXPECT_EQ(plot.inline_svg.rfind("<svg", 0), 0u);
    EXPECT_NE(plot.inline_svg.find("</svg>"), std::string::npos);
    EXPECT_NE(plot.inline_svg.find("currentColor"), std::string::npos);
    for (const char* sentinel : {"rgb(  1,   2,", "rgb(1,2,", "#010203"})
      EXPECT_EQ(plot.inline_svg.find(sentinel), std::string::npos) << sentinel;
    EXPECT_EQ(plot.inline_svg.find("http://"), plot.inline_svg.find("http://www.w3.org")) << "a page asks for nothing";
    EXPECT_NE(plot.file_svg.find("<?xml"), std::string::npos);
    EXPECT_NE(plot.file_svg.find("W2 against evaluations"), std::string::npos);
    EXPECT_EQ(occurrences(plot.inline_svg, "id='gp"), 0);
  }
  EXPECT_NE(drawn[0].inline_svg.find("id='p1-0-gpPt7'"), std::string::npos);
  EXPECT_NE(drawn[1].inline_svg.find("href='#p1-1-gpPt"), std::string::npos);
  for (const char* tick : {"> 5<", "> 10<", "> 20<", "> 50<"})
    EXPECT_NE(drawn[0].inline_svg.find(std::string(tick).replace(1, 1, "")), std::string::npos) << tick;
}

TEST(ReportPlot, PanelsOfOneQuantityShareTheirAxes) {
  if (gnuplot_missing()) GTEST_SKIP() << "gnuplot is not installed";
  const auto panel = [](const char* label, double scale) {
    return Plot{
        .title = "t", .x_label = "steps", .y_label = label, .series = {{"s", {1, 2}, {0.25 * scale, 0.75 * scale}}}};
  };
  // A label of the first one's own axis is 0.3; the second one's reaches 75.
  const auto own = [](const std::string& svg) { return svg.find("> 0.3<") != std::string::npos; };
  const PlotGrid alone{.plots = {panel("w2", 1)}}, shared{.plots = {panel("w2", 1), panel("w2", 100)}},
      apart{.plots = {panel("w2", 1), panel("mmd", 100)}};
  EXPECT_TRUE(own(draw_plots(alone, "p")[0].file_svg)) << draw_plots(alone, "p")[0].file_svg;
  EXPECT_TRUE(own(draw_plots(apart, "p")[0].file_svg));
  const std::vector<PlotSvg> drawn = draw_plots(shared, "p");
  EXPECT_FALSE(own(drawn[0].file_svg));
  for (const PlotSvg& plot : drawn) EXPECT_NE(plot.file_svg.find("> 70<"), std::string::npos) << plot.file_svg;
}

TEST(ReportPlot, WhatAnAxisCannotShowIsLeftOut) {
  if (gnuplot_missing()) GTEST_SKIP() << "gnuplot is not installed";
  PlotGrid grid = work_precision();
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  grid.plots[0].series[0].y = {0, nan, inf, -1};
  grid.plots[0].series[1].error = {5, nan, 0, inf};  // reaches below zero on a log axis
  grid.plots[1].series.clear();
  grid.plots[1].floor.reset();
  EXPECT_EQ(draw_plots(grid, "p").size(), 2u);
}

TEST(ReportPlot, TextIsTextAndNeverACommand) {
  if (gnuplot_missing()) GTEST_SKIP() << "gnuplot is not installed";
  const std::filesystem::path witness = std::filesystem::temp_directory_path() / "ito-gnuplot-witness";
  std::filesystem::remove(witness);
  PlotGrid grid = work_precision();
  grid.plots[0].title = grid.plots[0].x_label = grid.plots[0].series[0].name =
      "'; system('touch " + witness.string() + "') `touch " + witness.string() + "` \"\n!touch " + witness.string() +
      "\n@x <script>{/Bold _^";
  const std::vector<PlotSvg> drawn = draw_plots(grid, "p");
  EXPECT_FALSE(std::filesystem::exists(witness));
  EXPECT_EQ(drawn[0].inline_svg.find("<script"), std::string::npos);
  EXPECT_EQ(drawn[0].file_svg.find("<script"), std::string::npos);
  EXPECT_EQ(legend_html(grid).find("<script"), std::string::npos);
}

TEST(ReportPlot, AMissingGnuplotNamesItsPackage) {
  const Environment path("PATH", "/nonexistent");
  try {
    run_gnuplot("print 1\n");
    ADD_FAILURE() << "gnuplot was found in /nonexistent";
  } catch (const EnvironmentError& error) {
    EXPECT_NE(std::string(error.what()).find("gnuplot-nox"), std::string::npos);
  }
}

TEST(ReportPlot, AFailureIsOneLine) {
  if (gnuplot_missing()) GTEST_SKIP() << "gnuplot is not installed";
  try {
    run_gnuplot("set no_such_thing 3\n");
    ADD_FAILURE() << "gnuplot took nonsense";
  } catch (const EnvironmentError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("gnuplot failed"), std::string::npos) << error.what();
  }
}

TEST(ReportPlot, OneLegendForAllPlots) {
  const std::string legend = legend_html(work_precision());
  EXPECT_EQ(occurrences(legend, "<li>"), 3);  // two series, the floor
  EXPECT_EQ(occurrences(legend, "ddim"), 1);
}

}  // namespace
}  // namespace ito::experiments::report
