#include <algorithm>

#include "experiments/report/from_cells.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

constexpr int kLines = 40;
constexpr int kFewestRows = 2, kMostRows = 8;

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

// The first metric's table of a section, titled with the section's name; none where nothing is computed yet.
std::vector<Table> primary_tables(const Document& document) {
  std::vector<Table> tables;
  for (const Section& section : document.sections)
    for (const Block& block : section.blocks) {
      const auto* table = std::get_if<Table>(&block);
      if (table == nullptr || table->folded) continue;
      tables.push_back(*table);
      if (table->title != section.title) tables.back().title = section.title + ": " + table->title;
      break;
    }
  return tables;
}

bool marked(const Table& table) {
  return std::any_of(table.rows.begin(), table.rows.end(), [](const auto& row) {
    return std::any_of(row.begin(), row.end(), [](const TableCell& cell) { return cell.unresolved; });
  });
}

}  // namespace

std::string terminal_summary(const Document& document, int width, bool unicode) {
  std::string out;
  for (const Claim& claim : document.findings) out += claim_text(claim, width, unicode);
  const std::vector<Table> tables = primary_tables(document);
  if (tables.empty()) return out;
  const auto count = static_cast<int>(tables.size());
  const int used = static_cast<int>(std::count(out.begin(), out.end(), '\n'));
  // Each table has a title and a header.
  const int rows = std::clamp((kLines - used - 2 * count) / count, kFewestRows, kMostRows);
  for (const Table& table : tables) out += compact_table(table, width, rows, unicode);
  if (std::any_of(tables.begin(), tables.end(), marked))
    out += std::string(unicode ? "≈ " : "~ ") + kUnresolvedLegend + "\n";
  return out;
}

}  // namespace ito::experiments::report
