// Claims answered from cells whose numbers are known.
#include "experiments/run/findings.h"

#include "experiments/run/seed_groups.h"

namespace ito::experiments {
namespace {

CellResult cell_of(const std::string& sampler, std::int64_t steps, std::int64_t seed, double w2,
                   std::optional<double> floor = {}) {
  CellResult cell;
  cell.key = sampler + std::to_string(steps) + "/" + std::to_string(seed);
  cell.axes["sampler.name"] = sampler;
  cell.axes["grid.steps"] = steps;
  cell.axes["seed"] = seed;
  cell.metrics.push_back({"w2", w2, floor});
  return cell;
}

CellFilter filter_of(const std::string& sampler, std::int64_t steps) {
  CellFilter filter;
  filter.axes["sampler.name"] = sampler;
  if (steps > 0) filter.axes["grid.steps"] = steps;
  filter.metric = "w2";
  return filter;
}

Finding finding_of(FindingKind kind, CellFilter a, CellFilter b = {}) {
  Finding finding;
  finding.title = "t";
  finding.kind = kind;
  finding.a = std::move(a);
  finding.b = std::move(b);
  return finding;
}

FindingResult answer(const Finding& finding, const std::vector<CellResult>& cells) {
  return evaluate_findings({finding}, cells).front();
}

TEST(Findings, DifferenceIsPairedWithStudentsInterval) {
  const std::vector<CellResult> cells = {cell_of("a", 5, 1, 3), cell_of("a", 5, 2, 5), cell_of("a", 5, 3, 10),
                                         cell_of("b", 5, 1, 2), cell_of("b", 5, 2, 3), cell_of("b", 5, 3, 7)};
  // Differences 1, 2, 3: mean 2, standard error 1 / sqrt 3; t(0.975, 2) = 4.302652729911275.
  const FindingResult found = answer(finding_of(FindingKind::difference, filter_of("a", 5), filter_of("b", 5)), cells);
  EXPECT_EQ(found.verdict, Verdict::stated);
  EXPECT_DOUBLE_EQ(*found.value, 2.0);
  EXPECT_NEAR(*found.high - *found.value, 4.302652729911275 / std::sqrt(3.0), 1e-9);
  EXPECT_EQ(found.seeds, 3);
}

TEST(Findings, RatioOfMeansAndItsVerdict) {
  const std::vector<CellResult> cells = {cell_of("a", 5, 1, 8), cell_of("a", 5, 2, 12), cell_of("b", 5, 1, 2),
                                         cell_of("b", 5, 2, 2)};
  Finding finding = finding_of(FindingKind::ratio, filter_of("a", 5), filter_of("b", 5));
  // Residuals about the ratio: (8 - 10) / 2 and (12 - 10) / 2; t(0.975, 1) = 12.706204736432095.
  finding.at_least = 4;
  const FindingResult open = answer(finding, cells);
  EXPECT_DOUBLE_EQ(*open.value, 5.0);
  EXPECT_NEAR(*open.high - 5.0, 12.706204736432095, 1e-8);
  // 4 lies inside the interval: two seeds say nothing about it.
  EXPECT_EQ(open.verdict, Verdict::unresolved);
  EXPECT_NE(open.text.find("expected at least 4: not resolved"), std::string::npos) << open.text;
  finding.at_least = -8;
  EXPECT_EQ(answer(finding, cells).verdict, Verdict::holds);
  finding.at_least = 18;
  EXPECT_EQ(answer(finding, cells).verdict, Verdict::fails);
}

TEST(Findings, FirstUnresolvedWalksUpTheAxis) {
  std::vector<CellResult> cells;
  for (int seed = 1; seed <= 4; ++seed) {
    const double wobble = 0.01 * seed;
    cells.push_back(cell_of("ddpm", 250, seed, 0.10 + wobble, 0.1 + 0.001 * seed));
    cells.push_back(cell_of("ddim", 5, seed, 0.90 + wobble / 2));
    cells.push_back(cell_of("ddim", 50, seed, 0.101 + (seed % 2 == 0 ? wobble * 2 : 0)));
    cells.push_back(cell_of("ddim", 20, seed, 0.50 + wobble / 2));
    cells.push_back(cell_of("ddim", 100, seed, 0.10 + wobble));
  }
  Finding finding = finding_of(FindingKind::first_unresolved, filter_of("ddim", 0), filter_of("ddpm", 250));
  finding.along = "grid.steps";
  finding.at_most = 100;
  const FindingResult found = answer(finding, cells);
  EXPECT_EQ(found.verdict, Verdict::holds) << found.text;
  EXPECT_EQ(*found.value, 50.0) << found.text;
}

TEST(Findings, SayWhyTheyWereNotMeasured) {
  std::vector<CellResult> cells = {cell_of("a", 5, 1, 8)};
  EXPECT_NE(answer(finding_of(FindingKind::bound, filter_of("z", 5)), cells).text.find("have not been run"),
            std::string::npos);
  CellFilter filter = filter_of("a", 5);
  filter.metric = "w22";
  EXPECT_NE(answer(finding_of(FindingKind::bound, filter), cells).text.find("nearest: w2"), std::string::npos);
  cells[0].status = CellStatus::diverged;
  EXPECT_EQ(answer(finding_of(FindingKind::bound, filter_of("a", 5)), cells).verdict, Verdict::unmeasured);
}

TEST(Findings, WhatAnOverrideTookAwayIsNotMeasured) {
  Finding finding = finding_of(FindingKind::bound, filter_of("a", 5));
  finding.taken_away = "--set grid.steps=7 took away what it is about";
  const FindingResult found = answer(finding, {cell_of("a", 5, 1, 8)});
  EXPECT_EQ(found.verdict, Verdict::unmeasured);
  EXPECT_EQ(found.text, "not measured: --set grid.steps=7 took away what it is about");
}

TEST(Findings, SurvivorsDoNotAnswerForWhatDiverged) {
  std::vector<CellResult> cells = {cell_of("a", 5, 1, 8), cell_of("a", 5, 2, 8), cell_of("a", 5, 3, 8)};
  const Finding finding = finding_of(FindingKind::bound, filter_of("a", 5));
  EXPECT_EQ(answer(finding, cells).verdict, Verdict::stated);
  cells[1].status = CellStatus::diverged;
  cells[1].metrics.clear();
  const FindingResult found = answer(finding, cells);
  EXPECT_EQ(found.verdict, Verdict::unmeasured);
  EXPECT_NE(found.text.find("a cell diverged"), std::string::npos) << found.text;
}

TEST(Findings, AnIntervalWiderThanTheAskedRangeResolvesNothing) {
  const std::vector<CellResult> cells = {cell_of("a", 5, 1, 4), cell_of("a", 5, 2, 6)};
  Finding finding = finding_of(FindingKind::bound, filter_of("a", 5));
  finding.at_least = 4.5;
  finding.at_most = 5.5;
  EXPECT_EQ(answer(finding, cells).verdict, Verdict::unresolved);
}

TEST(SeedGroups, SpreadIsOverSeedsOnly) {
  const std::vector<CellResult> cells = {cell_of("a", 5, 1, 1), cell_of("a", 5, 2, 3), cell_of("a", 10, 1, 100)};
  const SeedGroups groups(cells);
  EXPECT_EQ(groups.spread(cells[0], "w2").n, 2);
  EXPECT_DOUBLE_EQ(*groups.spread(cells[0], "w2").standard_error, 1.0);
  EXPECT_EQ(groups.spread(cells[2], "w2").n, 1);
  EXPECT_FALSE(groups.spread(cells[2], "w2").standard_error);
}

}  // namespace
}  // namespace ito::experiments
