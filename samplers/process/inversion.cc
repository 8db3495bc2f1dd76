#include "samplers/process/inversion.h"

#include <algorithm>
#include <string>

#include "autograd/arithmetic.h"
#include "samplers/prediction.h"
#include "samplers/registry.h"
#include "samplers/solver.h"

namespace ito {
namespace {

// Refuses before the model is asked anything.
void check_inversion(const Path& path, const Grid& grid, Prediction from) {
  for (int i = 0; i < grid.steps(); ++i) try {
      const Time s = grid[i + 1];
      conversion(path, s, from, Prediction::sample);
      conversion(path, s, from, Prediction::eps);
    } catch (const InputError& error) {
      throw InputError(std::string("ddim_inversion: ") + error.what() +
                       "; end the grid at a later time (t_end), or use a model that predicts eps or v");
    }
}

}  // namespace

Tensor ddim_inversion(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Tensor x,
                      const Tensor& condition, InversionTime told) {
  require(path != nullptr, "ddim_inversion: there is no path to walk on");
  const Denoiser model = adapt(denoiser, path);
  check_inversion(*path, grid, model.prediction);
  if (model.reset) model.reset(x.dim(0));
  for (int i = grid.steps() - 1; i >= 0; --i) {
    const Time s = grid[i + 1], t = grid[i];
    // What stands at a clean end beyond the path's clock is asked about at the clock's own.
    const double asked = told == InversionTime::next ? t.value : std::max(s.value, path->t_min().value);
    const Estimate hat(*path, s, x, model.evaluate({x, {&asked, 1}, condition, grid.steps() - 1 - i}),
                       model.prediction);
    x = combine({{path->alpha(t), hat.x0()}, {path->sigma(t), hat.eps()}});
    if (!all_finite(x))
      throw DivergedError("ddim_inversion diverged: a state is not finite at time " + value_text(t.value));
  }
  return x;
}

}  // namespace ito
