#include "samplers/exact/reference_solution.h"

#include <cmath>
#include <vector>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/exact/angle_clock.h"

namespace ito {

namespace {

class Flow {
 public:
  Flow(const Denoiser& denoiser, Time from, Time to, const Tensor& condition, double finest)
      : denoiser_(denoiser), path_(*denoiser.path), from_(from), to_(to), condition_(condition), clock_{finest} {}

  std::int64_t evaluations() const { return evaluations_; }

  Tensor solve(const Tensor& x, int steps) {
    if (denoiser_.reset) denoiser_.reset(x.dim(0));
    const double begin = clock_.w(path_.alpha(from_), path_.sigma(from_));
    const double end = clock_.w(path_.alpha(to_), path_.sigma(to_));
    Tensor y = combine({{1.0 / radius(path_, from_), x}});
    const double h = (end - begin) / steps;
    for (int i = 0; i < steps; ++i) {
      // The ends of the interval are met exactly, so that the path's own ends are never overstepped.
      const auto place = [&](double fraction) {
        return begin + (end - begin) * ((static_cast<double>(i) + fraction) / steps);
      };
      const bool first = i == 0, last = i + 1 == steps;
      const Tensor k1 = slope(y, place(0), first ? &from_ : nullptr);
      const Tensor k2 = slope(combine({{1, y}, {h / 2, k1}}), place(0.5), nullptr);
      const Tensor k3 = slope(combine({{1, y}, {h / 2, k2}}), place(0.5), nullptr);
      const Tensor k4 = slope(combine({{1, y}, {h, k3}}), place(1), last ? &to_ : nullptr);
      y = combine({{1, y}, {h / 6, k1}, {h / 3, k2}, {h / 3, k3}, {h / 6, k4}});
    }
    return combine({{radius(path_, to_), y}});
  }

 private:
  // dy/dw.
  Tensor slope(const Tensor& y, double w, const Time* end) {
    const AngleClock::Angle angle = clock_.angle(w);
    const Time t = end != nullptr ? *end : path_.time(Lambda(math::log(angle.cosine / angle.sine)));
    const double alpha = path_.alpha(t), sigma = path_.sigma(t), norm = radius(path_, t);
    if (sigma == 0) return Tensor::zeros_like(y);
    const Tensor x = combine({{norm, y}});
    const double times[] = {t.value};
    const Query query{.x = x, .times = times, .condition = condition_};
    const Tensor x0 =
        convert(path_, times, x, denoiser_.evaluate(query).prediction, denoiser_.prediction, Prediction::sample);
    ++evaluations_;
    // d theta / dw (cos y - x_0) / sin
    return combine({{angle.speed * alpha / sigma, y}, {-angle.speed * norm / sigma, x0}});
  }

  const Denoiser& denoiser_;
  const Path& path_;
  Time from_, to_;
  const Tensor& condition_;
  AngleClock clock_;
  std::int64_t evaluations_ = 0;
};

}  // namespace

ReferenceSolution reference_solution(const Denoiser& denoiser, const Tensor& x, Time from, Time to,
                                     const Tensor& condition, const ReferenceOptions& options) {
  require(options.steps >= 1, "reference_solution: steps must be at least 1");
  require(options.finest > 0 && options.finest < 1, "reference_solution: finest must be between 0 and 1");
  const Tensor start = x.to(DType::f64);
  if (denoiser.flow) return {denoiser.flow(start, from, to), 0.0, 0};
  Flow flow(denoiser, from, to, condition, options.finest);
  const Tensor coarse = flow.solve(start, options.steps);
  const Tensor fine = flow.solve(start, 2 * options.steps);
  // The error of order 4 is (fine - coarse) / 15: taken out, and its size is the estimate for what remains.
  const Tensor correction = combine({{1.0 / 15, fine}, {-1.0 / 15, coarse}});
  const double rms = std::sqrt(squared_norm(correction) / static_cast<double>(std::max<std::int64_t>(1, x.size())));
  return {combine({{1, fine}, {1, correction}}), rms, flow.evaluations()};
}

}  // namespace ito
