// Everything that can be named: what recipes, `ito list`, `ito explain` and the documentation read.
//
// An entry is added at the foot of the file that implements it:
//
//   const Register<Solver> ddim{{.name = "ddim", .order = "1", ...}, [](const Parameters& p) { ... }};
//
// Object files are linked as objects, never through an archive that may drop them. Lists are sorted by name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/core/error.h"

namespace ito {

using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<double>, std::vector<std::string>>;

// The shortest text that reads back to the same value ("true", "3", "0.1", "text", "[1, 2]").
std::string value_text(const Value& value);
const char* value_type_name(const Value& value);  // "boolean", "integer", "number", "text", "list of numbers", ...

struct Parameter {
  std::string name;
  Value default_value;
  std::string meaning;                   // one line, with units
  double min = -1.7976931348623157e308;  // numbers outside [min, max] are refused
  double max = 1.7976931348623157e308;
  std::vector<std::string> choices = {};  // for text
};

// One order of convergence that a solver's formula has, for `ito orders` and the tests to measure (MATHS.md section 4:
// from exact history, on a stretch inside the path, in the variable that the method steps in).
struct OrderClaim {
  double order = 1;
  std::map<std::string, Value> parameters = {};  // over the defaults
  // Steps are equal in: "time" (the path's own clock), "lambda", or "ratio" (sigma/alpha).
  std::string clock = "lambda";
  int history = 0;  // outputs that the method is given before its first step
  // "ode": global error along the probability-flow ODE; "strong": root mean square on one Brownian path, "weak": mean
  // and variance, both of the SDE with this nu.
  std::string kind = "ode";
  double nu = 1;
};

struct Entry {
  std::string name;
  std::string kind = "";         // "path", "grid", "solver", "guidance", "data", "model", "metric"; set by Register
  std::string order = "";        // convergence order of the formula ("1", "2", "1 strong"), solvers only
  std::string evaluations = "";  // network evaluations a step, solvers and guidance only
  std::string paper = "";        // author and year, equation
  std::string summary = "";      // one line of prose
  std::string formula = "";      // ASCII, may have several lines
  std::vector<Parameter> parameters = {};
  std::vector<OrderClaim> orders = {};  // solvers only
  int numerics = 1;                     // raised when a change alters bits; part of a cell's key
};

// Resolved parameters of one entry: every declared name has a value of its declared type, inside its bounds.
class Parameters {
 public:
  Parameters() = default;
  // Defaults overridden by `given`. InputError for an unknown name (naming the nearest), a wrong type, a value out of
  // bounds or not among the choices. Integers are accepted where numbers are declared.
  Parameters(const Entry& entry, const std::map<std::string, Value>& given);

  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const std::vector<double>& numbers(std::string_view name) const;
  const std::map<std::string, Value, std::less<>>& all() const { return values_; }

 private:
  const Value& get(std::string_view name) const;
  std::map<std::string, Value, std::less<>> values_;
};

// The name among `names` with the smallest edit distance to `name` ("" when names is empty).
std::string nearest_name(std::string_view name, const std::vector<std::string>& names);

// All entries of all kinds, sorted by kind and name. For listings.
std::vector<const Entry*> all_entries();
std::vector<const Entry*> entries_of(std::string_view kind);
// InputError when there is none: "no solver is called 'dimm'; nearest: ddim".
const Entry& find_entry(std::string_view kind, std::string_view name);

// What making a kind of thing looks like. Specialised beside each kind's interface (see factories.h):
//   template <> struct Kind<Solver> { static constexpr const char* name = "solver"; using Make = ...; };
template <class T>
struct Kind;

namespace detail {
void add_entry(std::unique_ptr<Entry> entry);
template <class T>
std::map<std::string, typename Kind<T>::Make, std::less<>>& makers() {
  static std::map<std::string, typename Kind<T>::Make, std::less<>> map;
  return map;
}
}  // namespace detail

template <class T>
struct Register {
  Register(Entry entry, typename Kind<T>::Make make) {
    entry.kind = Kind<T>::name;
    detail::makers<T>().emplace(entry.name, std::move(make));
    detail::add_entry(std::make_unique<Entry>(std::move(entry)));
  }
};

template <class T>
const typename Kind<T>::Make& maker(std::string_view name) {
  find_entry(Kind<T>::name, name);  // throws with the nearest name
  return detail::makers<T>().find(name)->second;
}

}  // namespace ito
