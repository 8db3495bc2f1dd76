// Paths made of another path, which they name: of = "vp", with = ["beta_max=10"].
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "samplers/factories.h"
#include "samplers/paths/common.h"
#include "samplers/value_from_text.h"

namespace ito {

inline std::vector<Parameter> base_parameters(const std::string& of) {
  return {
      {.name = "of", .default_value = of, .meaning = "the path that is wrapped, by name; itself a wrapper if need be"},
      {.name = "with",
       .default_value = std::vector<std::string>{},
       .meaning = "parameters of that path where its defaults do not serve, as [\"name=value\", ...]"}};
}

// The entry that `of` names, and what `with` gives it.
struct NamedPath {
  const Entry& entry;
  GivenParameters given = {};
};

inline NamedPath named_base(const std::string& wrapper, const Parameters& parameters) {
  const std::string where = "path '" + wrapper + "': ";
  const Entry& entry = find_entry("path", parameters.text("of"));
  GivenParameters given;
  for (const std::string& text : std::get<std::vector<std::string>>(parameters.all().at("with"))) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      throw InputError(where + "with has \"" + text + "\"; expected \"name=value\", a parameter of path '" +
                       entry.name + "'");
    const std::string name = text.substr(0, equals), value = text.substr(equals + 1);
    given[name] = value;  // an unknown name is refused below
    for (const Parameter& parameter : entry.parameters) {
      if (parameter.name != name) continue;
      try {
        given[name] = value_from_text(value, parameter.default_value);
      } catch (const InputError& error) {
        throw InputError(where + "with has \"" + text + "\": " + error.what());
      }
    }
  }
  return {entry, std::move(given)};
}

// The path that `of` and `with` describe. Its clock must be [0, 1].
inline PathPtr base_of(const std::string& wrapper, const Parameters& parameters) {
  const std::string where = "path '" + wrapper + "': ";
  const auto [entry, given] = named_base(wrapper, parameters);
  PathPtr base = make_path(entry.name, given);
  if (base->t_min().value != 0.0 || base->t_max().value != 1.0)
    throw InputError(where + "it needs a path whose clock is [0, 1]; that of '" + entry.name + "' runs from " +
                     value_text(base->t_min().value) + " to " + value_text(base->t_max().value));
  return base;
}

// The base on another clock: alpha(t) = alpha_base(inner(t)), and so on, by the chain rule.
class ReclockedPath : public Path {
 public:
  ReclockedPath(std::string name, std::string signature, PathPtr base)
      : base_(std::move(base)), name_(std::move(name)), signature_(std::move(signature)) {}

  const std::string& name() const override { return name_; }
  std::string signature() const override { return signature_; }
  Time t_min() const override { return Time(0.0); }
  Time t_max() const override { return Time(1.0); }
  Time clean_end() const override { return base_->clean_end(); }

  double alpha(Time t) const override { return base_->alpha(at(t)); }
  double sigma(Time t) const override { return base_->sigma(at(t)); }
  double d_alpha(Time t) const override { return base_->d_alpha(at(t)) * speed_at(t); }
  double d_sigma(Time t) const override { return base_->d_sigma(at(t)) * speed_at(t); }
  Lambda lambda(Time t) const override { return base_->lambda(at(t)); }
  Time time(Lambda lambda) const override {
    return Time(std::clamp(outer(base_->time(Lambda(check_lambda(*this, lambda))).value), 0.0, 1.0));
  }
  double drift(Time t) const override { return base_->drift(at(t)) * speed_at(t); }
  double diffusion_squared(Time t) const override { return base_->diffusion_squared(at(t)) * speed_at(t); }

 protected:
  // Onto [0, 1] from [0, 1], rising, with exact ends; its inverse; its derivative.
  virtual double inner(double t) const = 0;
  virtual double outer(double tau) const = 0;
  virtual double speed(double t) const = 0;

 private:
  Time at(Time t) const {
    check_clock(*this, t);
    return t.value == kBeyondTheClock ? t : Time(inner(t.value));
  }
  double speed_at(Time t) const { return t.value == kBeyondTheClock ? 1.0 : speed(t.value); }

  PathPtr base_;
  std::string name_;
  std::string signature_;
};

}  // namespace ito
