// Table: one table of a report, and its three renderings: terminal, CSV, HTML.
//
// A number is printed as far as its standard error lets one read it: two digits of the error, and the value to the
// same place ("0.163 ± 0.011"); without an error, four significant digits. CSV holds every number whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ito::experiments::report {

// What stands in one place of a table: text, or a number with what is known about it.
struct TableCell {
  std::string text = "";  // shown when there is no value
  std::optional<double> value = {};
  std::optional<double> error = {};    // standard error
  std::optional<double> floor = {};    // the same number for fresh data
  int n = 0;                           // how many seeds stand behind it; 0: not an average
  bool exact = false;                  // print the value whole: counts, swept numbers
  bool unresolved = false;             // a distance that cannot be told from its floor
  std::vector<std::string> keys = {};  // keys of the cells it comes from
};
TableCell text_cell(std::string text);
TableCell exact_cell(double value);
TableCell estimate_cell(double value, std::optional<double> error, std::optional<double> floor, int n);

struct Column {
  std::string name;
  std::string meaning = "";  // shown on hovering
};

struct Table {
  std::string title;
  std::string caption = "";
  std::vector<Column> columns;
  std::vector<std::vector<TableCell>> rows;  // each as long as `columns`
  int label_columns = 1;                     // leading columns that say what a row is
  bool folded = false;                       // a page shows its title alone until it is opened
};

// "0.163" and "0.011"; `error` is empty where there is none.
struct EstimateText {
  std::string value;
  std::string error;
};
EstimateText estimate_text(double value, std::optional<double> error);

// Aligned text, ends with a newline. A table wider than `width` is folded: its columns in blocks, each with the labels.
std::string terminal_table(const Table& table, int width, bool unicode);

// At most `most` of 0 .. count - 1, evenly spread, the first and the last among them (with one: the first).
std::vector<std::size_t> spread(std::size_t count, std::size_t most);

// RFC 4180 (CRLF, quotes where needed). A column whose cells have an error, a floor, a count or marks is followed by
// "NAME stderr", "NAME floor", "NAME n" and "NAME status".
std::string csv_table(const Table& table);

// A <figure> with the table; every number's title attribute names n, its floor and its cells' keys.
std::string html_table(const Table& table);

// What the mark on an unresolved number means, as the three renderings say it.
inline constexpr const char* kUnresolvedLegend = "not resolved: within the interval of its floor, or below it";

}  // namespace ito::experiments::report
