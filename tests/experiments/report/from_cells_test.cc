#include "experiments/report/from_cells.h"

#include "experiments/report/cell_groups.h"

namespace ito::experiments::report {
namespace {

// solvers x steps x seeds, with metrics whose means are known by hand.
std::vector<CellResult> sweep() {
  std::vector<CellResult> cells;
  int number = 0;
  for (const std::string solver : {"ddim", "heun"})
    for (const std::int64_t steps : {5, 10, 20})
      for (const std::int64_t seed : {1, 2, 3, 4}) {
        CellResult cell;
        cell.key = "key" + std::to_string(++number);
        cell.axes = {{"sampler.name", solver}, {"grid.steps", steps}, {"seed", seed}, {"path.name", std::string("vp")}};
        cell.nfe = solver == "heun" ? 2 * steps - 1 : steps;
        const double value = 10.0 / static_cast<double>(steps) + 0.1 * static_cast<double>(seed);
        cell.metrics = {{"w2", value, 0.5, true}, {"field_rms[t=0.1]", 2, {}}, {"field_rms[t=0.5]", 1, {}}};
        if (solver == "heun" && steps == 5) {
          cell.status = CellStatus::diverged;
          cell.message = "step 2: the state is not finite";
          cell.metrics.clear();
        }
        cells.push_back(cell);
      }
  return cells;
}

ReportInput input_of(const std::vector<CellResult>& cells) {
  ReportInput input;
  input.title = "Solvers";
  input.sections.resize(1);
  input.sections[0].title = "Solvers and steps";
  input.sections[0].axes = {"sampler.name", "grid.steps", "path.name", "seed"};
  input.cells = &cells;
  return input;
}

template <class T>
std::vector<T> blocks_of(const Document& document) {
  std::vector<T> found;
  for (const Section& section : document.sections)
    for (const Block& block : section.blocks)
      if (const T* t = std::get_if<T>(&block)) found.push_back(*t);
  return found;
}

TEST(ReportCells, SeedsAreAveraged) {
  const std::vector<CellResult> cells = sweep();
  const GroupedCells grouped = group_cells(cells, 0, {"sampler.name", "grid.steps", "seed"});
  ASSERT_EQ(grouped.groups.size(), 6u);
  ASSERT_EQ(grouped.axes.size(), 2u);
  const CellGroup* group = grouped.find({0, 1});  // ddim, 10 steps: 1.1, 1.2, 1.3, 1.4
  ASSERT_NE(group, nullptr);
  const GroupEstimate found = estimate(*group, "w2");
  EXPECT_EQ(found.n, 4);
  EXPECT_NEAR(found.mean.value(), 1.25, 1e-15);
  EXPECT_NEAR(found.error.value(), std::sqrt(0.05 / 3 / 4), 1e-15);  // sample variance 0.05 / 3
  EXPECT_EQ(found.floor, 0.5);
  EXPECT_EQ(found.keys, (std::vector<std::string>{"key5", "key6", "key7", "key8"}));
  EXPECT_FALSE(found.unresolved) << "0.75 above its floor, with a standard error of 0.065";
  EXPECT_EQ(evaluations(*group), 10);
  EXPECT_EQ(estimate(*group, "no such metric").mean, std::nullopt);
}

TEST(ReportCells, WhatCannotBeToldFromItsFloorIsMarked) {
  std::vector<CellResult> cells = sweep();
  for (CellResult& cell : cells)
    if (!cell.metrics.empty())
      cell.metrics[0].floor =
          cell.metrics[0].value + (std::get<std::int64_t>(cell.axes["seed"]) % 2 == 0 ? 0.01 : -0.01);
  const GroupedCells grouped = group_cells(cells, 0, {"sampler.name", "grid.steps", "seed"});
  EXPECT_TRUE(estimate(*grouped.find({0, 0}), "w2").unresolved);
}

TEST(ReportCells, ADistanceBelowItsFloorIsMarkedAndARadiusIsNot) {
  std::vector<CellResult> cells = sweep();
  for (CellResult& cell : cells)
    if (!cell.metrics.empty()) cell.metrics[0].floor = cell.metrics[0].value + 1;
  EXPECT_TRUE(estimate(group_cells(cells, 0, {"sampler.name", "grid.steps", "seed"}).groups[0], "w2").unresolved);
  for (CellResult& cell : cells)
    if (!cell.metrics.empty()) cell.metrics[0] = {.name = "w2", .value = 1, .floor = 1, .distance = false};
  EXPECT_FALSE(estimate(group_cells(cells, 0, {"sampler.name", "grid.steps", "seed"}).groups[0], "w2").unresolved);
}

// Work and precision: an error that falls as evaluations^-2 until it meets the reference's own.
TEST(ReportCells, ErrorsAgainstASolutionHaveSlopesAndATimeAxis) {
  std::vector<CellResult> cells;
  for (const std::int64_t steps : {5, 10, 20, 40}) {
    CellResult cell;
    cell.key = "key" + std::to_string(steps);
    cell.axes = {{"sampler.name", std::string("heun")}, {"grid.steps", steps}, {"path.name", std::string("vp")}};
    cell.nfe = 2 * steps;
    cell.seconds = 0.25 * static_cast<double>(steps);
    const double error = steps == 40 ? 2e-3 : 8.0 / static_cast<double>(steps * steps);
    cell.metrics = {{"ode_error", error, 1e-3, true}};
    cells.push_back(cell);
  }
  CellResult other = cells.front();
  other.key = "another";
  other.axes["sampler.name"] = std::string("ddim");
  cells.push_back(other);
  const Document document = from_cells(input_of(cells));
  const std::vector<Table> tables = blocks_of<Table>(document);
  const auto slopes = std::find_if(tables.begin(), tables.end(), [](const Table& table) {
    return table.title == "Slopes of ode_error against evaluations";
  });
  ASSERT_NE(slopes, tables.end());
  ASSERT_EQ(slopes->rows.size(), 2u);
  EXPECT_EQ(slopes->rows[0][0].text, "heun");
  EXPECT_EQ(slopes->rows[0][1].text, "-2.00") << "the last error is within three times its floor";
  EXPECT_EQ(slopes->rows[1][1].text, "") << "one point has no slope";
  const std::vector<PlotGrid> plots = blocks_of<PlotGrid>(document);
  ASSERT_EQ(plots.size(), 2u);
  EXPECT_EQ(plots[0].plots[0].x_label, "network evaluations");
  EXPECT_EQ(plots[0].plots[0].series[0].x, (std::vector<double>{10, 20, 40, 80}));
  EXPECT_EQ(plots[1].title, "ode_error against seconds");
  EXPECT_EQ(plots[1].plots[0].series[0].x, (std::vector<double>{1.25, 2.5, 5, 10}));
  EXPECT_TRUE(plots[1].plots[0].log_x && plots[1].plots[0].log_y);
  for (const Table& table : blocks_of<Table>(from_cells(input_of(sweep()))))
    EXPECT_EQ(table.title.find("Slopes"), std::string::npos) << "w2 is no error of a solver alone";
}

TEST(ReportCells, TheTableIsLaidAlongSteps) {
  const std::vector<CellResult> cells = sweep();
  const std::vector<Table> tables = blocks_of<Table>(from_cells(input_of(cells)));
  ASSERT_EQ(tables.size(), 3u);  // w2, the family, the long table
  const Table& w2 = tables[0];
  EXPECT_EQ(w2.title, "w2 by sampler.name and grid.steps");
  ASSERT_EQ(w2.columns.size(), 4u);
  EXPECT_EQ(w2.columns[1].name, "steps 5");
  EXPECT_EQ(w2.columns[3].name, "20");
  ASSERT_EQ(w2.rows.size(), 2u);
  EXPECT_EQ(w2.rows[0][0].text, "ddim");
  EXPECT_NEAR(w2.rows[0][3].value.value(), 0.75, 1e-15);
  EXPECT_EQ(w2.rows[1][1].text, "diverged");
  EXPECT_NE(w2.caption.find("over 4 seeds"), std::string::npos) << w2.caption;
  EXPECT_NE(w2.caption.find("Floor: 0.5000 ± 0"), std::string::npos) << w2.caption;
  EXPECT_NE(w2.caption.find("4 of 24 cells diverged (the first: step 2"), std::string::npos) << w2.caption;

  EXPECT_EQ(tables[1].title, "field_rms along t at grid.steps = 20");
  EXPECT_EQ(tables[1].columns[1].name, "t = 0.1");
  EXPECT_EQ(tables[1].rows[0][2].value, 1);

  EXPECT_TRUE(tables[2].folded);
  EXPECT_EQ(tables[2].rows.size(), 6u);
  EXPECT_EQ(tables[2].columns[2].name, "nfe");
  for (const Table& table : tables)
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size()) << table.title;
}

TEST(ReportCells, GuidanceIsPlottedAgainstItsWeight) {
  std::vector<CellResult> cells;
  for (const double w : {1.0, 2.0, 4.0}) {
    CellResult cell;
    cell.key = std::to_string(w);
    cell.axes = {{"guidance.w", w}};
    cell.nfe = w == 1 ? 50 : 100;
    cell.metrics = {{"w2", w, {}, true}};
    cells.push_back(cell);
  }
  ReportInput input = input_of(cells);
  input.sections[0].axes = {"guidance.w"};
  const std::vector<PlotGrid> grids = blocks_of<PlotGrid>(from_cells(input));
  ASSERT_EQ(grids.size(), 1u);
  EXPECT_EQ(grids[0].plots.at(0).x_label, "guidance.w");
  EXPECT_EQ(grids[0].plots.at(0).series.at(0).x, (std::vector<double>{1, 2, 4}));
}

TEST(ReportCells, NoMeanIsTakenOverSurvivors) {
  std::vector<CellResult> cells = sweep();
  const auto one = std::find_if(cells.begin(), cells.end(), [](const CellResult& cell) {
    return cell.axes.at("sampler.name") == Value(std::string("heun")) &&
           cell.axes.at("grid.steps") == Value(std::int64_t{20});
  });
  one->status = CellStatus::diverged;
  one->metrics.clear();
  const Document document = from_cells(input_of(cells));
  const TableCell mean = blocks_of<Table>(document)[0].rows[1][3];
  EXPECT_FALSE(mean.value);
  EXPECT_EQ(mean.text, "1 of 4 diverged");
  EXPECT_EQ(blocks_of<PlotGrid>(document)[0].plots.at(0).series[1].x, (std::vector<double>{19}));
}

TEST(ReportCells, PlotsAreAgainstEvaluations) {
  const std::vector<CellResult> cells = sweep();
  const std::vector<PlotGrid> grids = blocks_of<PlotGrid>(from_cells(input_of(cells)));
  ASSERT_EQ(grids.size(), 2u);
  const Plot& plot = grids[0].plots.at(0);
  EXPECT_EQ(plot.x_label, "network evaluations");
  ASSERT_EQ(plot.series.size(), 2u);
  EXPECT_EQ(plot.series[1].name, "heun");
  EXPECT_EQ(plot.series[1].x, (std::vector<double>{19, 39}));  // the diverged point is left out
  EXPECT_TRUE(plot.log_x);
  ASSERT_TRUE(plot.floor.has_value());
  EXPECT_EQ(plot.floor->low, 0.5);
  EXPECT_EQ(grids[1].plots.at(0).series[0].x, (std::vector<double>{0.1, 0.5}));
}

TEST(ReportCells, FurtherAxesBecomePanels) {
  std::vector<CellResult> cells = sweep(), more = cells;
  for (CellResult& cell : cells) cell.axes["guidance.w"] = 1.0;
  for (CellResult& cell : more) cell.axes["guidance.w"] = 2.5, cell.key += "w";
  cells.insert(cells.end(), more.begin(), more.end());
  ReportInput input = input_of(cells);
  input.sections[0].axes.insert(input.sections[0].axes.begin(), "guidance.w");
  const Document document = from_cells(input);
  const std::vector<PlotGrid> grids = blocks_of<PlotGrid>(document);
  ASSERT_EQ(grids[0].plots.size(), 2u);
  EXPECT_EQ(grids[0].plots[1].title, "w = 2.5");
  EXPECT_EQ(blocks_of<Table>(document)[0].rows.size(), 4u);
}

TEST(ReportCells, SectionsWithoutNumbersAlongAnAxisAreOneTable) {
  std::vector<CellResult> cells = sweep();
  std::erase_if(cells, [](const CellResult& cell) { return std::get<std::int64_t>(cell.axes.at("grid.steps")) != 10; });
  for (CellResult& cell : cells) cell.metrics.resize(1);
  const Document document = from_cells(input_of(cells));
  EXPECT_TRUE(blocks_of<PlotGrid>(document).empty());
  const std::vector<Table> tables = blocks_of<Table>(document);
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_FALSE(tables[0].folded);
  EXPECT_NE(std::get<Prose>(document.sections[0].blocks[0]).text.find("grid.steps = 10"), std::string::npos);
}

TEST(ReportCells, NothingComputedYetSaysSo) {
  const std::vector<CellResult> none;
  const Document document = from_cells(input_of(none));
  ASSERT_EQ(document.sections.size(), 1u);
  EXPECT_NE(std::get<Prose>(document.sections[0].blocks[0]).text.find("No cell"), std::string::npos);
}

TEST(ReportCells, PreviewsOfPointsBecomePanels) {
  const std::vector<CellResult> cells = sweep();
  ReportInput input = input_of(cells);
  input.sections[0].class_names = {"a", "b"};
  input.preview = [](const std::string& key) -> std::optional<PreviewSamples> {
    if (key == "key13") return std::nullopt;
    return PreviewSamples{Tensor::from(std::vector<float>{0, 0, 1, 1}, {2, 2}),
                          Tensor::from(std::vector<std::int32_t>{0, 1}, {2})};
  };
  const std::vector<PictureGrid> grids = blocks_of<PictureGrid>(from_cells(input));
  ASSERT_EQ(grids.size(), 1u);
  EXPECT_EQ(grids[0].columns, 3);
  ASSERT_EQ(grids[0].pictures.size(), 6u);
  EXPECT_EQ(grids[0].pictures[0].title, "ddim, steps = 5");
  EXPECT_EQ(grids[0].pictures[1].keys.at(0), "key5") << "the first seed";
  EXPECT_EQ(grids[0].pictures[3].title, "heun, steps = 5: diverged");
  EXPECT_TRUE(grids[0].pictures[3].svg.empty());
  EXPECT_FALSE(grids[0].pictures[4].svg.empty());
  EXPECT_EQ(grids[0].legend.size(), 2u);
}

TEST(ReportCells, PreviewsOfImagesBecomeRows) {
  const std::vector<CellResult> cells = sweep();
  ReportInput input = input_of(cells);
  input.preview = [](const std::string& key) -> std::optional<PreviewSamples> {
    if (key == "key13") return std::nullopt;
    return PreviewSamples{Tensor::zeros({30, 4, 4, 1}, DType::f32), {}};
  };
  const std::vector<PictureGrid> grids = blocks_of<PictureGrid>(from_cells(input));
  ASSERT_EQ(grids.size(), 1u);
  EXPECT_EQ(grids[0].pictures.size(), 5u);
  EXPECT_FALSE(grids[0].pictures[0].png.empty());
}

TEST(ReportCells, FamiliesAreReadFromNames) {
  const auto family = metric_family("field_rms[t=0.10]");
  ASSERT_TRUE(family.has_value());
  EXPECT_EQ(family->name, "field_rms");
  EXPECT_EQ(family->parameter, "t");
  EXPECT_EQ(family->at, 0.1);
  for (const char* plain : {"w2", "w2[x]", "w2[a=b]", "w2[t=1", "w2[t=1x]"})
    EXPECT_FALSE(metric_family(plain)) << plain;
}

TEST(ReportCells, TheTerminalGetsTablesAndFindings) {
  const std::vector<CellResult> cells = sweep();
  ReportInput input = input_of(cells);
  input.findings = {{"W2 falls", Verdict::holds, "ratio 4"}};
  const std::string text = terminal_summary(from_cells(input), 100, false);
  EXPECT_EQ(text.find("+ W2 falls: ratio 4\n\nSolvers and steps: w2 by sampler.name and grid.steps\n"), 0u) << text;
  EXPECT_EQ(text.find("All numbers"), std::string::npos) << "the folded table stays on the page";
}

TEST(ReportCells, TheTerminalShowsEveryRowOfEverySection) {
  std::vector<CellResult> cells;
  ReportInput input = input_of(cells);
  for (int section = 0; section < 8; ++section)
    for (CellResult cell : sweep()) {
      cell.section = section;
      cells.push_back(cell);
    }
  input.sections.assign(8, input.sections[0]);
  input.findings.assign(8, {"A claim of a few words", Verdict::fails, std::string(70, 'e')});
  const std::string text = terminal_summary(from_cells(input), 60, true);
  EXPECT_NE(text.find("✗ A claim of a few words\n    eee"), std::string::npos) << text;
  int tables = 0;
  for (std::size_t at = text.find("w2 by"); at != std::string::npos; at = text.find("w2 by", at + 1)) ++tables;
  EXPECT_EQ(tables, 8) << text;
}

// A network whose arrows point right beside an exact field whose arrows point up.
FieldPreview field_of(float network) {
  const std::vector<float> at = {-1, -1, 1, -1, -1, 1, 1, 1};
  std::vector<float> right, up;
  for (int i = 0; i < 8; ++i) {
    right.insert(right.end(), {network, 0});
    up.insert(up.end(), {0, 1});
  }
  return {.times = Tensor::from(std::vector<double>{0.05, 0.9}, Shape{2}),
          .at = Tensor::from(at, Shape{4, 2}),
          .network = Tensor::from(right, Shape{2, 4, 2}),
          .exact = Tensor::from(up, Shape{2, 4, 2}),
          .data = Tensor::from(up, Shape{2, 4, 2})};
}

TEST(ReportCells, FieldsAreDrawnOnceForEachNetwork) {
  std::vector<CellResult> cells = sweep();
  for (CellResult& cell : cells) {
    cell.axes["model.time_conditioned"] = std::get<std::string>(cell.axes["sampler.name"]) == "ddim";
    cell.status = CellStatus::finished;
  }
  ReportInput input = input_of(cells);
  input.sections[0].axes = {"model.time_conditioned", "grid.steps", "seed"};
  input.preview = [&](const std::string& key) -> std::optional<PreviewSamples> {
    const bool first = std::stoi(key.substr(3)) <= 12;  // ddim
    return PreviewSamples{Tensor(), Tensor(), field_of(first ? 1.0f : 2.0f)};
  };
  const std::vector<PictureGrid> grids = blocks_of<PictureGrid>(from_cells(input));
  ASSERT_EQ(grids.size(), 1u);
  EXPECT_EQ(grids[0].title, "Fields");
  EXPECT_EQ(grids[0].columns, 2);
  ASSERT_EQ(grids[0].pictures.size(), 6u) << "two networks and the exact denoiser, at two times";
  EXPECT_EQ(grids[0].pictures[0].title, "time_conditioned = true, t\u00a0=\u00a00.05");
  EXPECT_EQ(grids[0].pictures[3].title, "time_conditioned = false, t\u00a0=\u00a00.9");
  EXPECT_EQ(grids[0].pictures[4].title, "exact, t\u00a0=\u00a00.05");
  EXPECT_NE(grids[0].pictures[0].svg, grids[0].pictures[4].svg);
  EXPECT_EQ(grids[0].pictures[0].keys, std::vector<std::string>{"key1"});
}

}  // namespace
}  // namespace ito::experiments::report
