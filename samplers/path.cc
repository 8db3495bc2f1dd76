#include "samplers/path.h"

#include <algorithm>

#include "kernels/core/math.h"

namespace ito {

double Path::drift(Time t) const { return d_alpha(t) / alpha(t); }

double Path::diffusion_squared(Time t) const {
  const double sigma_t = sigma(t);
  return 2.0 * sigma_t * d_sigma(t) - 2.0 * drift(t) * sigma_t * sigma_t;
}

// On `edm` log sigma is mapped affinely, [sigma_min, sigma_max] -> [0, 1].
double network_time(const Path& path, Time t) {
  if (path.name() != "edm") return std::max(t.value, path.t_min().value);
  const double low = math::log(path.t_min().value);
  const double high = math::log(path.t_max().value);
  return std::clamp((math::log(t.value) - low) / (high - low), 0.0, 1.0);
}

}  // namespace ito
