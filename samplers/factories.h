// How each kind of thing in samplers/ is made from its name and parameters.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "samplers/denoiser.h"
#include "samplers/grid.h"
#include "samplers/path.h"
#include "samplers/registry.h"
#include "samplers/solver.h"

namespace ito {

template <>
struct Kind<Path> {
  static constexpr const char* name = "path";
  using Make = std::function<PathPtr(const Parameters&)>;
};
template <>
struct Kind<Grid> {
  static constexpr const char* name = "grid";
  using Make = std::function<Grid(const Path&, int steps, const Parameters&)>;
};
template <>
struct Kind<Solver> {
  static constexpr const char* name = "solver";
  using Make = std::function<std::unique_ptr<Solver>(const Parameters&)>;
};
struct Guidance;  // a rule; it makes one guided denoiser out of a model
template <>
struct Kind<Guidance> {
  static constexpr const char* name = "guidance";
  using Make = std::function<Denoiser(const Denoiser& model, const Parameters&)>;
};

using GivenParameters = std::map<std::string, Value>;
PathPtr make_path(std::string_view name, const GivenParameters& given = {});
Grid make_grid(std::string_view name, const Path& path, int steps, const GivenParameters& given = {});
std::unique_ptr<Solver> make_solver(std::string_view name, const GivenParameters& given = {});
Denoiser make_guidance(std::string_view name, const Denoiser& model, const GivenParameters& given = {});

}  // namespace ito
