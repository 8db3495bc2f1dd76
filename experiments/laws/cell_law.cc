#include "experiments/laws/cell_law.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string_view>

#include "experiments/laws/data_gaussian.h"
#include "experiments/report/progress.h"
#include "experiments/run/cell_key.h"
#include "samplers/exact/sampler_law.h"

namespace ito::experiments {
namespace {

std::map<std::string, Value> law_axes(const PlannedCell& cell) {
  constexpr std::array<std::string_view, 5> tables = {"data.", "path.", "grid.", "sampler.", "guidance."};
  std::map<std::string, Value> axes;
  for (const auto& axis : cell.axes)
    if (std::any_of(tables.begin(), tables.end(),
                    [&](std::string_view table) { return axis.first.starts_with(table); }))
      axes.insert(axis);
  return axes;
}

// f(), whose InputError is about the setting `key`.
template <class F>
auto about(const Plan& plan, const PlannedCell& cell, const char* key, const F& f) {
  try {
    return f();
  } catch (const InputError& error) {
    refuse(plan.where(cell, key), error.what());
  }
}

class Laws {
 public:
  explicit Laws(const Plan& plan) : plan_(plan) {}

  CellLaw of(const PlannedCell& cell) {
    const CellSettings& settings = cell.settings;
    const auto name = [&](const char* key) { return settings.text(key); };
    CellLaw law;
    law.section = cell.section;
    law.axes = law_axes(cell);
    const PathPtr path = about(plan_, cell, "path.name",
                               [&] { return make_path(name("path.name"), settings.given("path", name("path.name"))); });
    const Grid grid = about(plan_, cell, "grid.steps", [&] {
      return make_grid(name("grid.name"), *path, static_cast<int>(settings.integer("grid.steps")),
                       settings.given("grid", name("grid.name")));
    });
    const std::string& sampler = name("sampler.name");
    const auto solver =
        about(plan_, cell, "sampler.name", [&] { return make_solver(sampler, settings.given("solver", sampler)); });
    if (name("guidance.name") != "none") {
      law.reason = "guidance '" + name("guidance.name") + "' asks for more than the Gaussian's own denoiser";
      return law;
    }
    law.data = about(plan_, cell, "data.name", [&] { return gaussian(settings); });
    try {
      const SamplerLaw found = sampler_law(diagonal_denoiser(law.data, path), path, grid, *solver,
                                           noise_law(*path, grid, law.data.means.size()), {.solver = sampler});
      law.end = found.end;
      law.evaluations = found.evaluations;
    } catch (const InputError& error) {
      law.reason = error.what();
      return law;
    } catch (const DivergedError& error) {
      law.reason = error.what();
      return law;
    }
    const Time s = grid.back();
    law.w2 = w2_distance(law.end, law.data);
    law.w2_end = w2_distance(law.end, diffused(law.data, {path->alpha(s), path->sigma(s)}));
    law.kl = kl_divergence(law.end, law.data);
    law.kl_reverse = kl_divergence(law.data, law.end);
    return law;
  }

 private:
  const DiagonalGaussian& gaussian(const CellSettings& settings) {
    const std::string& name = settings.text("data.name");
    const auto [it, fresh] = gaussians_.try_emplace(entry_hash(settings, "data", name));
    if (fresh) it->second = along_axes(*data_gaussian(*maker<Dataset>(name)(settings.parameters("data", name))));
    return it->second;
  }

  const Plan& plan_;
  std::map<std::string, DiagonalGaussian> gaussians_;
};

}  // namespace

std::vector<CellLaw> cell_laws(const Plan& plan) {
  Laws laws(plan);
  std::vector<CellLaw> result;
  std::set<std::string> seen;
  Progress progress("exact laws", plan.cells(), "cells");
  std::int64_t done = 0;
  plan.for_each([&](const PlannedCell& cell) {
    if (seen.insert(std::to_string(cell.section) + "\n" + axes_text(law_axes(cell))).second)
      result.push_back(laws.of(cell));
    progress.update(++done);
  });
  progress.finish();
  return result;
}

}  // namespace ito::experiments
