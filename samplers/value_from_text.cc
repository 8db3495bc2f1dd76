#include "samplers/value_from_text.h"

#include <algorithm>
#include <charconv>

namespace ito {
namespace {

// The whole of `text`, without blanks around it, as a number.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_numbers(std::string_view text, std::vector<double>& numbers) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (!read_number(text.substr(0, comma), numbers.emplace_back())) return false;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

}  // namespace

Value value_from_text(std::string_view text, const Value& like) {
  if (std::holds_alternative<std::string>(like)) return std::string(text);
  if (std::holds_alternative<bool>(like) && (text == "true" || text == "false")) return text == "true";
  if (std::int64_t integer = 0; std::holds_alternative<std::int64_t>(like) && read_number(text, integer))
    return integer;
  if (double number = 0; std::holds_alternative<double>(like) && read_number(text, number)) return number;
  if (std::vector<double> numbers; std::holds_alternative<std::vector<double>>(like) && read_numbers(text, numbers))
    return numbers;
  throw InputError("'" + std::string(text) + "' is no " + value_type_name(like));
}

}  // namespace ito
