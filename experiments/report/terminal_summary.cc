#include <vector>

#include "experiments/report/from_cells.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

const char* verdict_mark(Verdict verdict, bool unicode) {
  switch (verdict) {
    case Verdict::holds:
      return unicode ? "✓ " : "+ ";
    case Verdict::fails:
      return unicode ? "✗ " : "x ";
    case Verdict::unresolved:
      return unicode ? "≈ " : "~ ";
    case Verdict::stated:
      return unicode ? "· " : ". ";
    case Verdict::unmeasured:
      break;
  }
  return "? ";
}

// On one line where it fits.
std::string claim_text(const Claim& claim, int width, bool unicode) {
  const std::string title = verdict_mark(claim.verdict, unicode) + claim.text;
  if (claim.evidence.empty()) return title + "\n";
  const std::string line = title + ": " + claim.evidence;
  if (display_width(line) <= static_cast<std::size_t>(width)) return line + "\n";
  return title + "\n    " + claim.evidence + "\n";
}

// Every table that the page does not fold, titled with its section's name.
std::vector<Table> open_tables(const Document& document) {
  std::vector<Table> tables;
  for (const Section& section : document.sections)
    for (const Block& block : section.blocks) {
      const auto* table = std::get_if<Table>(&block);
      if (table == nullptr || table->folded) continue;
      tables.push_back(*table);
      if (!table->title.starts_with(section.title)) tables.back().title = section.title + ": " + table->title;
    }
  return tables;
}

}  // namespace

std::string terminal_summary(const Document& document, int width, bool unicode) {
  std::string out;
  for (const Claim& claim : document.findings) out += claim_text(claim, width, unicode);
  for (const Table& table : open_tables(document)) out += "\n" + terminal_table(table, width, unicode);
  return out;
}

}  // namespace ito::experiments::report
