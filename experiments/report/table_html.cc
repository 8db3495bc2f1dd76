// A table as HTML. Numbers are right-aligned and their errors share a width, so that signs line up in a column.
#include <algorithm>
#include <string>

#include "experiments/report/table.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

constexpr std::size_t kKeyDigits = 16;  // of a key's 64: enough to name a cell

std::string attribute(const char* name, const std::string& text) {
  return text.empty() ? "" : " " + std::string(name) + "=\"" + html_escape(text) + "\"";
}

// "0.1631234 ± 0.0112; 4 seeds; floor 0.11; cells 3f2a..., 77b0..."
std::string provenance(const TableCell& cell) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (cell.value && !cell.exact) add(shortest(*cell.value) + (cell.error ? " ± " + shortest(*cell.error) : ""));
  if (cell.n > 0) add(std::to_string(cell.n) + (cell.n == 1 ? " seed" : " seeds"));
  if (cell.floor) add("floor " + shortest(*cell.floor));
  if (cell.unresolved) add(kUnresolvedLegend);
  if (!cell.keys.empty()) {
    std::string keys = cell.keys.size() == 1 ? "cell " : "cells ";
    for (std::size_t i = 0; i < cell.keys.size(); ++i)
      keys += (i == 0 ? "" : ", ") + cell.keys[i].substr(0, kKeyDigits);
    add(keys);
  }
  return text;
}

std::string html_cell(const TableCell& cell, bool label, std::size_t error_width) {
  const std::string tag = label ? "th scope=\"row\"" : "td";
  const std::string end = label ? "</th>" : "</td>";
  if (!cell.value) {
    const char* style = label ? "" : cell.text.ends_with("diverged") ? " class=\"bad\"" : " class=\"text\"";
    return "<" + tag + style + attribute("title", provenance(cell)) + ">" + html_escape(cell.text) + end;
  }
  if (cell.exact)
    return "<" + tag + " class=\"n\"" + attribute("title", provenance(cell)) + ">" + shortest(*cell.value) + end;
  const EstimateText text = estimate_text(*cell.value, cell.error);
  std::string body = "<b>" + text.value + "</b>";
  if (error_width != 0)
    body += "<i style=\"min-width:" + std::to_string(error_width + 3) + "ch\">" +
            (text.error.empty() ? "" : " ± " + text.error) + "</i>";
  return "<" + tag + " class=\"n" + (cell.unresolved ? " unresolved" : "") + "\"" +
         attribute("title", provenance(cell)) + ">" + body + end;
}

}  // namespace

std::string html_table(const Table& table) {
  const auto labels = static_cast<std::size_t>(table.label_columns);
  std::vector<std::size_t> error_width(table.columns.size());
  std::vector<bool> numeric(table.columns.size());
  bool marked = false;
  for (const auto& row : table.rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      numeric[c] = numeric[c] || row[c].value.has_value();
      marked |= row[c].unresolved;
      if (row[c].value && !row[c].exact)
        error_width[c] = std::max(error_width[c], estimate_text(*row[c].value, row[c].error).error.size());
    }

  std::string out = "<figure class=\"table\">";
  if (table.folded) {
    out += "<details><summary>" + html_escape(table.title) + "</summary>";
  } else if (!table.title.empty()) {
    out += "<figcaption>" + html_escape(table.title) + "</figcaption>";
  }
  out += "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out += "<th scope=\"col\"" + std::string(numeric[c] ? " class=\"n\"" : "") +
           attribute("title", table.columns[c].meaning) + ">" + html_escape(table.columns[c].name) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) out += html_cell(row[c], c < labels, error_width[c]);
    out += "</tr>\n";
  }
  out += "</tbody></table></div>";
  std::string note = html_escape(table.caption);
  if (marked) note += std::string(note.empty() ? "" : " ") + "<span class=\"mark\">≈</span> " + kUnresolvedLegend + ".";
  if (!note.empty()) out += "<p class=\"note\">" + note + "</p>";
  return out + (table.folded ? "</details>" : "") + "</figure>\n";
}

}  // namespace ito::experiments::report
