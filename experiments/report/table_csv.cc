// A table as RFC 4180: comma separated, CRLF, doubles whole.
#include <string_view>

#include "experiments/report/table.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

std::string csv_quoted(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
  std::string out = "\"";
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

// Which of the further columns some cell of this column needs.
struct Extras {
  bool error = false, floor = false, n = false, status = false;
};

Extras extras_of(const Table& table, std::size_t column) {
  Extras extras;
  for (const auto& row : table.rows) {
    const TableCell& cell = row[column];
    extras.error |= cell.error.has_value();
    extras.floor |= cell.floor.has_value();
    extras.n |= cell.n > 0;
    extras.status |= cell.unresolved;
  }
  return extras;
}

std::string optional_text(const std::optional<double>& value) { return value ? shortest(*value) : ""; }

}  // namespace

std::string csv_table(const Table& table) {
  std::vector<Extras> extras;
  for (std::size_t c = 0; c < table.columns.size(); ++c) extras.push_back(extras_of(table, c));

  std::string out;
  const auto end_line = [&] {
    out.pop_back();  // the last comma
    out += "\r\n";
  };
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const std::string& name = table.columns[c].name;
    out += csv_quoted(name) + ",";
    if (extras[c].error) out += csv_quoted(name + " stderr") + ",";
    if (extras[c].floor) out += csv_quoted(name + " floor") + ",";
    if (extras[c].n) out += csv_quoted(name + " n") + ",";
    if (extras[c].status) out += csv_quoted(name + " status") + ",";
  }
  if (!table.columns.empty()) end_line();
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const TableCell& cell = row[c];
      out += (cell.value ? shortest(*cell.value) : csv_quoted(cell.text)) + ",";
      if (extras[c].error) out += optional_text(cell.error) + ",";
      if (extras[c].floor) out += optional_text(cell.floor) + ",";
      if (extras[c].n) out += (cell.n > 0 ? std::to_string(cell.n) : "") + ",";
      if (extras[c].status) out += std::string(cell.unresolved ? "not resolved" : "") + ",";
    }
    if (!row.empty()) end_line();
  }
  return out;
}

}  // namespace ito::experiments::report
