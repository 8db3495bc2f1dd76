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
  Table all = long_table(layout, "All numbers of this section");
  const bool only_table = !layout.laid;  // nothing to lay along columns: the long table is the table
  if (only_table) {
    all.title = out.title;
    out.blocks.emplace_back(all);
  }
  append(section_tables(layout));
  append(section_plots(layout));
  append(section.further);
  append(section_pictures(layout, section, input));
  if (!only_table) {
    all.folded = true;
    out.blocks.emplace_back(std::move(all));
  }
  return out;
}

const char* verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds         ";
    case Verdict::fails:
      return "DOES NOT HOLD ";
    case Verdict::unresolved:
      return "not resolved  ";
    case Verdict::stated:
      return "found         ";
    case Verdict::unmeasured:
      break;
  }
  return "not measured  ";
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

std::string terminal_summary(const Document& document, int width, bool unicode) {
  std::string out;
  for (const Section& section : document.sections)
    for (const Block& block : section.blocks) {
      const auto* table = std::get_if<Table>(&block);
      if (table == nullptr || table->folded) continue;
      Table titled = *table;
      if (titled.title != section.title) titled.title = section.title + ": " + titled.title;
      out += terminal_table(titled, width, unicode) + "\n";
    }
  for (const Claim& claim : document.findings) {
    out += std::string(verdict_word(claim.verdict)) + claim.text + "\n";
    if (!claim.evidence.empty()) out += "              " + claim.evidence + "\n";
  }
  return out;
}

}  // namespace ito::experiments::report
