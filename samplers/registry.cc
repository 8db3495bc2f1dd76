#include "samplers/registry.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace ito {
namespace {

// Made on first use: entries register before main(), from files in no particular order.
std::vector<std::unique_ptr<Entry>>& entries() {
  static std::vector<std::unique_ptr<Entry>> all;
  return all;
}

template <class Number>
std::string number_text(Number x) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, x).ptr;
  return {buffer, end};
}

template <class T, class F>
std::string list_text(const std::vector<T>& list, F element) {
  std::string text = "[";
  for (std::size_t i = 0; i < list.size(); ++i) text += (i == 0 ? "" : ", ") + element(list[i]);
  return text + "]";
}

// What `given` is once it is read as the type of `declared`; false when it cannot be.
bool assign(const Value& given, const Value& declared, Value& result) {
  if (given.index() == declared.index()) {
    result = given;
    return true;
  }
  if (std::holds_alternative<double>(declared) && std::holds_alternative<std::int64_t>(given)) {
    result = static_cast<double>(std::get<std::int64_t>(given));
    return true;
  }
  return false;
}

// "" when `value` is one that the parameter admits, else what was expected instead.
std::string complaint(const Parameter& parameter, const Value& value) {
  const auto outside = [&](double x) { return !(x >= parameter.min && x <= parameter.max); };
  const auto unknown = [&](const std::string& x) {
    return !parameter.choices.empty() &&
           std::find(parameter.choices.begin(), parameter.choices.end(), x) == parameter.choices.end();
  };
  bool bad = false;
  std::string text;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) bad = outside(static_cast<double>(*integer));
  if (const auto* number = std::get_if<double>(&value)) bad = outside(*number);
  if (const auto* numbers = std::get_if<std::vector<double>>(&value))
    bad = std::any_of(numbers->begin(), numbers->end(), outside);
  if (bad) {
    const bool below = parameter.min > Parameter{}.min;
    const bool above = parameter.max < Parameter{}.max;
    if (below && above) return "expected " + number_text(parameter.min) + " to " + number_text(parameter.max);
    if (below) return "expected at least " + number_text(parameter.min);
    if (above) return "expected at most " + number_text(parameter.max);
    return "expected a finite number";
  }
  std::string wrong;
  if (const auto* word = std::get_if<std::string>(&value))
    if (unknown(*word)) wrong = *word;
  if (const auto* words = std::get_if<std::vector<std::string>>(&value))
    if (const auto it = std::find_if(words->begin(), words->end(), unknown); it != words->end()) wrong = *it;
  if (!wrong.empty() || (std::holds_alternative<std::string>(value) && unknown(std::get<std::string>(value))))
    return "expected one of " + list_text(parameter.choices, [](const std::string& s) { return s; }) +
           "; nearest: " + nearest_name(wrong, parameter.choices);
  return "";
}

}  // namespace

std::string value_text(const Value& value) {
  struct Text {
    std::string operator()(bool x) const { return x ? "true" : "false"; }
    std::string operator()(std::int64_t x) const { return number_text(x); }
    std::string operator()(double x) const { return number_text(x); }
    std::string operator()(const std::string& x) const { return x; }
    std::string operator()(const std::vector<double>& x) const { return list_text(x, number_text<double>); }
    std::string operator()(const std::vector<std::string>& x) const {
      return list_text(x, [](const std::string& s) { return "\"" + s + "\""; });
    }
  };
  return std::visit(Text{}, value);
}

const char* value_type_name(const Value& value) {
  constexpr const char* names[] = {"boolean", "integer", "number", "text", "list of numbers", "list of texts"};
  return names[value.index()];
}

Parameters::Parameters(const Entry& entry, const std::map<std::string, Value>& given) {
  const std::string where = entry.kind + " '" + entry.name + "': ";
  std::vector<std::string> names;
  for (const Parameter& parameter : entry.parameters) {
    names.push_back(parameter.name);
    values_[parameter.name] = parameter.default_value;
  }
  for (const auto& item : given) {
    const std::string& name = item.first;
    const Value& value = item.second;
    const auto parameter = std::find_if(entry.parameters.begin(), entry.parameters.end(),
                                        [&](const Parameter& p) { return p.name == name; });
    if (parameter == entry.parameters.end())
      throw InputError(where + "unknown parameter '" + name + "'; " +
                       (names.empty() ? "it has none" : "nearest: " + nearest_name(name, names)));
    Value& target = values_[name];
    if (!assign(value, parameter->default_value, target))
      throw InputError(where + "parameter '" + name + "' is " + value_text(value) + " (" + value_type_name(value) +
                       "); expected " + value_type_name(parameter->default_value));
    if (const std::string expected = complaint(*parameter, target); !expected.empty())
      throw InputError(where + "parameter '" + name + "' is " + value_text(target) + "; " + expected);
  }
}

const Value& Parameters::get(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw InputError("no parameter is called '" + std::string(name) + "'");
  return found->second;
}

namespace {
template <class T>
const T& typed(const Value& value, std::string_view name) {
  const T* held = std::get_if<T>(&value);
  if (held == nullptr)
    throw InputError("parameter '" + std::string(name) + "' is " + value_type_name(value) + ", asked for as " +
                     value_type_name(Value(T{})));
  return *held;
}
}  // namespace

bool Parameters::boolean(std::string_view name) const { return typed<bool>(get(name), name); }
std::int64_t Parameters::integer(std::string_view name) const { return typed<std::int64_t>(get(name), name); }
double Parameters::number(std::string_view name) const { return typed<double>(get(name), name); }
const std::string& Parameters::text(std::string_view name) const { return typed<std::string>(get(name), name); }
const std::vector<double>& Parameters::numbers(std::string_view name) const {
  return typed<std::vector<double>>(get(name), name);
}

namespace {

// Levenshtein's: insertions, deletions and substitutions cost 1.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::size_t common_letters(std::string_view a, std::string b) {
  std::size_t common = 0;
  for (const char letter : a)
    if (const std::size_t at = b.find(letter); at != std::string::npos) {
      b.erase(at, 1);
      ++common;
    }
  return common;
}

}  // namespace

// Ties go to the name with more letters in common (dimm: ddim, not ddpm), then to the first.
std::string nearest_name(std::string_view name, const std::vector<std::string>& names) {
  const auto nearer = [name](const std::string& a, const std::string& b) {
    const std::size_t distance_a = edit_distance(name, a), distance_b = edit_distance(name, b);
    if (distance_a != distance_b) return distance_a < distance_b;
    return common_letters(name, a) > common_letters(name, b);
  };
  const auto best = std::min_element(names.begin(), names.end(), nearer);
  return best == names.end() ? "" : *best;
}

std::vector<const Entry*> all_entries() {
  std::vector<const Entry*> sorted;
  for (const auto& entry : entries()) sorted.push_back(entry.get());
  std::sort(sorted.begin(), sorted.end(),
            [](const Entry* a, const Entry* b) { return a->kind != b->kind ? a->kind < b->kind : a->name < b->name; });
  return sorted;
}

std::vector<const Entry*> entries_of(std::string_view kind) {
  std::vector<const Entry*> chosen = all_entries();
  std::erase_if(chosen, [&](const Entry* entry) { return entry->kind != kind; });
  return chosen;
}

const Entry& find_entry(std::string_view kind, std::string_view name) {
  for (const auto& entry : entries())
    if (entry->kind == kind && entry->name == name) return *entry;
  std::vector<std::string> names;
  for (const Entry* entry : entries_of(kind)) names.push_back(entry->name);
  std::string message = "no " + std::string(kind) + " is called '" + std::string(name) + "'";
  if (!names.empty()) message += "; nearest: " + nearest_name(name, names);
  throw InputError(message);
}

void detail::add_entry(std::unique_ptr<Entry> entry) { entries().push_back(std::move(entry)); }

}  // namespace ito
