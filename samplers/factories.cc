#include "samplers/factories.h"

namespace ito {
namespace {

template <class T>
Parameters resolve(std::string_view name, const GivenParameters& given) {
  return Parameters(find_entry(Kind<T>::name, name), given);
}

}  // namespace

PathPtr make_path(std::string_view name, const GivenParameters& given) {
  return maker<Path>(name)(resolve<Path>(name, given));
}

Grid make_grid(std::string_view name, const Path& path, int steps, const GivenParameters& given) {
  const auto& make = maker<Grid>(name);
  if (steps < 1)
    throw InputError("grid '" + std::string(name) + "': steps is " + std::to_string(steps) + "; expected at least 1");
  return make(path, steps, resolve<Grid>(name, given));
}

std::unique_ptr<Solver> make_solver(std::string_view name, const GivenParameters& given) {
  return maker<Solver>(name)(resolve<Solver>(name, given));
}

Denoiser make_guidance(std::string_view name, const Denoiser& model, const GivenParameters& given) {
  return maker<Guidance>(name)(model, resolve<Guidance>(name, given));
}

}  // namespace ito
