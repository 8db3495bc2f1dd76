#include "experiments/report/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

constexpr int kErrorDigits = 2;
constexpr int kDigitsWithoutError = 4;

// The decimal exponent of |value| once it is rounded to `digits` digits.
int decimal_exponent(double value, int digits) {
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific, digits - 1).ptr;
  const char* mark = std::find(buffer, end, 'e');
  int exponent = 0;
  std::from_chars(mark + (mark[1] == '+' ? 2 : 1), end, exponent);
  return exponent;
}

std::string fixed(double value, int decimals) {
  char buffer[400];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, std::max(decimals, 0)).ptr;
  return {buffer, end};
}

// What a cell shows on a terminal, in two parts so that a column lines up at its sign.
struct Shown {
  std::string value;
  std::string error;
  bool text = false;
};

Shown shown(const TableCell& cell) {
  if (!cell.value) return {cell.text, "", true};
  if (cell.exact) return {shortest(*cell.value), "", false};
  EstimateText text = estimate_text(*cell.value, cell.error);
  return {std::move(text.value), std::move(text.error), false};
}

struct Layout {
  std::size_t value = 0;  // width before the sign
  std::size_t error = 0;  // width after it; 0: no cell of the column has an error
  std::size_t mark = 0;
  std::size_t total = 0;
  bool left = false;  // a column of text
};

class TerminalTable {
 public:
  TerminalTable(const Table& table, bool unicode) : table_(table), unicode_(unicode) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) layouts_.push_back(layout(c));
  }

  std::string render(int width) const {
    std::string out = table_.title.empty() ? "" : table_.title + "\n";
    const std::size_t labels = std::min(static_cast<std::size_t>(table_.label_columns), layouts_.size());
    std::size_t label_width = 0;
    for (std::size_t c = 0; c < labels; ++c) label_width += layouts_[c].total + kGap;
    std::size_t first = labels;
    do {
      std::vector<std::size_t> block;
      for (std::size_t c = 0; c < labels; ++c) block.push_back(c);
      std::size_t used = label_width;
      for (; first < layouts_.size(); ++first) {
        used += layouts_[first].total + kGap;
        if (block.size() > labels && used > static_cast<std::size_t>(width)) break;
        block.push_back(first);
      }
      out += lines(block);
      if (first < layouts_.size()) out += "\n";
    } while (first < layouts_.size());
    if (!table_.caption.empty()) out += "  " + plain(table_.caption) + "\n";
    if (marked_) out += "  " + mark() + " " + kUnresolvedLegend + "\n";
    return out;
  }

 private:
  static constexpr std::size_t kGap = 2;

  std::string mark() const { return unicode_ ? "≈" : "~"; }
  std::string sign() const { return unicode_ ? " ± " : " +- "; }
  // A caption in the characters of the terminal.
  std::string plain(std::string text) const {
    const std::string both = "±";
    for (std::size_t at = 0; !unicode_ && (at = text.find(both, at)) != std::string::npos;)
      text.replace(at, both.size(), "+-");
    return text;
  }

  Layout layout(std::size_t column) {
    Layout layout;
    layout.left =
        std::all_of(table_.rows.begin(), table_.rows.end(), [&](const auto& row) { return !row[column].value; });
    std::size_t widest_text = display_width(table_.columns[column].name);
    for (const auto& row : table_.rows) {
      const Shown cell = shown(row[column]);
      if (cell.text) {
        widest_text = std::max(widest_text, display_width(cell.value));
      } else {
        layout.value = std::max(layout.value, display_width(cell.value));
        layout.error = std::max(layout.error, display_width(cell.error));
      }
      if (row[column].unresolved) layout.mark = 2, marked_ = true;
    }
    const std::size_t number =
        layout.value + (layout.error != 0 ? display_width(sign()) + layout.error : 0) + layout.mark;
    layout.total = std::max(widest_text, number);
    return layout;
  }

  std::string padded(const std::string& text, std::size_t width, bool left) const {
    const std::string spaces(width - std::min(width, display_width(text)), ' ');
    return left ? text + spaces : spaces + text;
  }

  std::string cell_text(const TableCell& cell, const Layout& layout) const {
    const Shown part = shown(cell);
    if (part.text) return padded(part.value, layout.total, layout.left);
    std::string number = padded(part.value, layout.value, false);
    if (layout.error != 0)
      number += part.error.empty() ? std::string(display_width(sign()) + layout.error, ' ')
                                   : sign() + padded(part.error, layout.error, true);
    if (layout.mark != 0) number += cell.unresolved ? " " + mark() : "  ";
    return padded(number, layout.total, false);
  }

  std::string lines(const std::vector<std::size_t>& block) const {
    std::string head, rule, body;
    for (const std::size_t c : block) {
      head += "  " + padded(table_.columns[c].name, layouts_[c].total, layouts_[c].left);
      rule += "  ";
      for (std::size_t i = 0; i < layouts_[c].total; ++i) rule += unicode_ ? "─" : "-";
    }
    for (const auto& row : table_.rows) {
      std::string line;
      for (const std::size_t c : block) line += "  " + cell_text(row[c], layouts_[c]);
      body += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return head.substr(0, head.find_last_not_of(' ') + 1) + "\n" + rule + "\n" + body;
  }

  const Table& table_;
  const bool unicode_;
  bool marked_ = false;
  std::vector<Layout> layouts_;
};

}  // namespace

TableCell text_cell(std::string text) { return {.text = std::move(text)}; }
TableCell exact_cell(double value) { return {.value = value, .exact = true}; }
TableCell estimate_cell(double value, std::optional<double> error, std::optional<double> floor, int n) {
  return {.value = value, .error = error, .floor = floor, .n = n};
}

EstimateText estimate_text(double value, std::optional<double> error) {
  if (!error) return {with_digits(value, kDigitsWithoutError), ""};
  if (!std::isfinite(value) || !std::isfinite(*error) || *error <= 0)
    return {with_digits(value, kDigitsWithoutError), with_digits(*error, 1)};
  const int error_exponent = decimal_exponent(*error, kErrorDigits);
  const int last_place = error_exponent - kErrorDigits + 1;
  const int value_exponent = value == 0 ? error_exponent : decimal_exponent(value, kDigitsWithoutError);
  const int largest = std::max(value_exponent, error_exponent);
  if (largest >= -4 && largest < 6) return {fixed(value, -last_place), fixed(*error, -last_place)};
  const int digits = std::clamp(value_exponent - last_place + 1, 1, 17);
  return {with_digits(value, digits), with_digits(*error, kErrorDigits)};
}

std::string terminal_table(const Table& table, int width, bool unicode) {
  return TerminalTable(table, unicode).render(width);
}

std::vector<std::size_t> spread(std::size_t count, std::size_t most) {
  std::vector<std::size_t> chosen;
  const std::size_t n = std::min(count, most);
  for (std::size_t i = 0; i < n; ++i) chosen.push_back(n == 1 ? 0 : i * (count - 1) / (n - 1));
  return chosen;
}

}  // namespace ito::experiments::report
