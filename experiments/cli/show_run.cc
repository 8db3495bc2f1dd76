#include "experiments/cli/show_run.h"

#include <cstdio>
#include <sstream>

#include "experiments/cli/command_text.h"
#include "experiments/cli/json.h"
#include "experiments/cli/version.h"
#include "experiments/report/from_cells.h"
#include "experiments/report/html.h"
#include "experiments/report/terminal.h"
#include "experiments/report/text.h"
#include "experiments/run/findings.h"
#include "experiments/run/objects.h"
#include "experiments/run/plan.h"
#include "kernels/core/error.h"

namespace ito::experiments {
namespace {

constexpr std::int64_t kReferencePoints = 1000;

report::Verdict verdict_of(const FindingResult& finding) {
  switch (finding.verdict) {
    case Verdict::holds:
      return report::Verdict::holds;
    case Verdict::fails:
      return report::Verdict::fails;
    case Verdict::unresolved:
      return report::Verdict::unresolved;
    case Verdict::stated:
      return report::Verdict::stated;
    default:
      return report::Verdict::unmeasured;
  }
}

std::vector<std::pair<std::string, std::string>> facts_of(const StoredRun& run) {
  std::vector<std::pair<std::string, std::string>> facts;
  std::istringstream lines(run.header.machine);
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t colon = line.find(": "); colon != std::string::npos)
      facts.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  double seconds = 0;
  for (const CellResult& cell : run.cells) seconds += cell.seconds;
  facts.emplace_back("time sampling", duration_text(seconds));
  facts.emplace_back("cells", with_thousands(static_cast<std::int64_t>(run.cells.size())));
  facts.emplace_back("program", std::string("ito ") + kVersion);
  return facts;
}

// What the section's data look like. A report can be written where the data are no longer: then without them.
void add_data(report::SectionInput& section, const CellSettings& settings, Objects& objects) {
  try {
    const Dataset& data = objects.data(settings);
    section.class_names = data.class_names;
    if (data.sample_shape == Shape{2})
      section.reference = data.draw(static_cast<std::uint64_t>(settings.integer("seed")), 0, kReferencePoints, -1).x;
  } catch (const Error&) {
    section.class_names.clear();
  }
}

report::ReportInput input_of(const StoredRun& run, const std::vector<FindingResult>& findings, const Store& store) {
  report::ReportInput input;
  input.title = run.recipe.title;
  input.description = run.recipe.description;
  input.recipe_text = run.header.text;
  input.recipe_hash = run.header.hash;
  input.command = command_text("run", {.recipe = run.header.file, .set = run.header.overrides, .only = {}}, "");
  input.facts = facts_of(run);
  for (const FindingResult& finding : findings)
    input.findings.push_back({.text = finding.title, .verdict = verdict_of(finding), .evidence = finding.text});
  Objects objects(run.folder, MissingWeights::leave_untrained);
  const Plan plan(run.recipe);
  for (const ResolvedSection& section : run.recipe.sections) {
    report::SectionInput made;
    made.title = section.title;
    for (const Axis& axis : section.axes) made.axes.push_back(axis.key);
    input.sections.push_back(std::move(made));
  }
  std::vector<bool> seen(input.sections.size(), false);
  plan.for_each([&](const PlannedCell& cell) {
    const auto s = static_cast<std::size_t>(cell.section);
    if (!seen[s]) add_data(input.sections[s], cell.settings, objects);
    seen[s] = true;
  });
  input.cells = &run.cells;
  input.preview = [&store](const std::string& key) -> std::optional<report::PreviewSamples> {
    const std::optional<Preview> preview = store.preview(key);
    if (!preview) return std::nullopt;
    return report::PreviewSamples{preview->samples, preview->condition, preview->field};
  };
  return input;
}

}  // namespace

void show_run(const StoredRun& run, bool json) {
  const std::vector<FindingResult> findings = evaluate_findings(run.recipe.findings, run.cells);
  const Store store(run.folder / kStoreFile, Access::read);
  const report::Document document = report::from_cells(input_of(run, findings, store));
  const report::ReportFiles files = report::write_report(document, run.folder);
  if (json) {
    std::fputs(run_json(run.header.name, run.header.hash, run.cells, findings).c_str(), stdout);
    return;
  }
  std::fputs(report::terminal_summary(document, terminal_width(1), terminal_is_utf8()).c_str(), stdout);
  if (!files.missing.empty()) std::printf("%s\n", files.missing.c_str());
  std::printf("%s\n", files.page.c_str());
}

}  // namespace ito::experiments
