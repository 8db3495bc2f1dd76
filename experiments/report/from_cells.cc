#include "experiments/report/from_cells.h"

#include <algorithm>
#include <iterator>

#include "experiments/report/section_layout.h"
#include "kernels/core/error.h"

namespace ito::experiments::report {
namespace {

// Axes with one value: said once, in words.
std::string fixed_axes(const SectionLayout& layout) {
  std::string text;
  for (const GroupAxis& axis : layout.cells.axes)
    if (axis.values.size() == 1) text += (text.empty() ? "" : ", ") + axis.key + " = " + axis_value_text(axis, 0);
  return text;
}

Section make_section(const ReportInput& input, std::size_t i) {
  const SectionInput& section = input.sections[i];
  const SectionLayout layout = lay_out(*input.cells, static_cast<int>(i), section.axes);
  Section out;
  out.title = section.title.empty() ? "Sweep " + std::to_string(i + 1) : section.title;
  if (layout.cells.groups.empty()) {
    out.blocks = {Prose{"No cell of this section has been computed yet."}};
    return out;
  }
  if (const std::string fixed = fixed_axes(layout); !fixed.empty())
    out.blocks.emplace_back(Prose{"With " + fixed + "."});
  const auto append = [&](std::vector<Block> blocks) {
    std::move(blocks.begin(), blocks.end(), std::back_inserter(out.blocks));
  };
  Table all = long_table(layout, "All numbers of this section", layout.cells.metrics);
  const bool only_table = !layout.laid;  // nothing to lay along columns: the long table is the table
  if (only_table) {
    // A family has a table of its own.
    Table some = long_table(layout, out.title, layout.metrics);
    if (!layout.metrics.empty()) out.blocks.emplace_back(std::move(some));
  }
  append(section_tables(layout));
  append(section_plots(layout));
  append(section_fields(layout, input));
  append(section_pictures(layout, section, input));
  if (!only_table || !layout.families.empty()) {
    all.folded = true;
    out.blocks.emplace_back(std::move(all));
  }
  return out;
}

}  // namespace

Document from_cells(const ReportInput& input) {
  require(input.cells != nullptr, "a report needs cells");
  Document document;
  document.title = input.title;
  document.description = input.description;
  document.findings = input.findings;
  document.recipe_text = input.recipe_text;
  document.recipe_hash = input.recipe_hash;
  document.command = input.command;
  document.facts = input.facts;
  for (std::size_t i = 0; i < input.sections.size(); ++i) document.sections.push_back(make_section(input, i));
  return document;
}

}  // namespace ito::experiments::report
