#include "samplers/exact/diagonal_gaussian.h"

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "kernels/core/math.h"
#include "samplers/exact/products.h"

namespace ito {

namespace {

void check_same(const DiagonalGaussian& p, const DiagonalGaussian& q, const char* what) {
  if (p.means.size() != q.means.size() || p.variances.size() != p.means.size() || q.variances.size() != q.means.size())
    throw InputError(std::string(what) + ": the laws have " + std::to_string(p.means.size()) + " and " +
                     std::to_string(q.means.size()) + " directions");
}

// x_0-hat_j = offset_j + gain_j x_j at one noise level; at sigma = 0 the gain's limit is 1 / alpha.
struct Affine {
  std::vector<double> gain, offset;
};

Affine at_level(const DiagonalGaussian& law, NoiseLevel level) {
  const auto [alpha, sigma] = level;
  Affine affine;
  for (std::size_t j = 0; j < law.means.size(); ++j) {
    const double s = law.variances[j], variance = alpha * alpha * s + sigma * sigma;
    const double gain = sigma == 0 ? 1.0 / alpha : alpha * s / variance;
    affine.gain.push_back(gain);
    // 1 - gain alpha, without its cancellation.
    affine.offset.push_back(sigma == 0 ? 0.0 : law.means[j] * (sigma * sigma / variance));
  }
  return affine;
}

// f(affine, n) for each sample; one noise level is made once.
template <class F>
void for_each_sample(const DiagonalGaussian& law, const Path& path, std::span<const double> times, std::int64_t samples,
                     const F& f) {
  const std::vector<NoiseLevel> levels = noise_levels(path, times);
  Affine affine;
  for (std::size_t n = 0; n < static_cast<std::size_t>(samples); ++n) {
    if (n < levels.size()) affine = at_level(law, levels[n]);
    f(affine, n);
  }
}

}  // namespace

DiagonalGaussian along_axes(const Gaussian& gaussian) {
  const std::int64_t d = gaussian.dimension();
  return {multiply(gaussian.mean(), gaussian.basis(), 1, d, d), gaussian.variances()};
}

DiagonalGaussian diffused(const DiagonalGaussian& law, NoiseLevel level) {
  DiagonalGaussian result = law;
  for (double& m : result.means) m *= level.alpha;
  for (double& s : result.variances) s = level.alpha * level.alpha * s + level.sigma * level.sigma;
  return result;
}

double kl_divergence(const DiagonalGaussian& p, const DiagonalGaussian& q) {
  check_same(p, q, "kl_divergence");
  double sum = 0;
  for (std::size_t j = 0; j < p.means.size(); ++j) {
    const double s_p = p.variances[j], s_q = q.variances[j], shift = p.means[j] - q.means[j];
    if (s_p == 0 || s_q == 0) return std::numeric_limits<double>::infinity();
    const double excess = (s_p - s_q) / s_q;
    // s_p/s_q - 1 rounds to -1 for a small s_p and overflows for a small s_q; near 0 its own logarithm does not cancel.
    const double log_ratio = std::abs(excess) < 0.5 ? math::log1p(excess) : math::log(s_p) - math::log(s_q);
    sum += excess - log_ratio + shift * shift / s_q;
  }
  return 0.5 * sum;
}

double w2_distance(const DiagonalGaussian& p, const DiagonalGaussian& q) {
  check_same(p, q, "w2_distance");
  double squared = 0;
  for (std::size_t j = 0; j < p.means.size(); ++j) {
    const double shift = p.means[j] - q.means[j], spread = std::sqrt(p.variances[j]) - std::sqrt(q.variances[j]);
    squared += shift * shift + spread * spread;
  }
  return std::sqrt(squared);
}

Denoiser diagonal_denoiser(DiagonalGaussian law, PathPtr path) {
  require(!law.means.empty() && law.means.size() == law.variances.size(),
          "diagonal Gaussian: expected as many means as variances, at least one");
  for (std::size_t j = 0; j < law.means.size(); ++j)
    if (!std::isfinite(law.means[j]) || !(law.variances[j] >= 0 && std::isfinite(law.variances[j])))
      throw InputError("diagonal Gaussian: direction " + std::to_string(j) +
                       " has a mean that is not finite or a variance that is not a finite number of at least 0");
  const auto shared = std::make_shared<const DiagonalGaussian>(std::move(law));
  const auto d = static_cast<std::int64_t>(shared->means.size());

  // y = gain x (+ offset), elementwise.
  const auto apply = [shared, path, d](const Tensor& x, std::span<const double> times, bool with_offset) {
    check_dimension(x, d, "diagonal Gaussian");
    Tensor y = Tensor::like(x);
    with_float_type(x.dtype(), [&]<class T>() {
      const std::span<const T> in = x.span<T>();
      const std::span<T> out = y.mutable_span<T>();
      for_each_sample(*shared, *path, times, x.dim(0), [&](const Affine& affine, std::size_t n) {
        const std::size_t width = affine.gain.size();
        const T* x_n = in.data() + n * width;
        T* y_n = out.data() + n * width;
        for (std::size_t j = 0; j < width; ++j)
          y_n[j] = static_cast<T>(
              std::fma(affine.gain[j], static_cast<double>(x_n[j]), with_offset ? affine.offset[j] : 0.0));
      });
    });
    return y;
  };
  Denoiser denoiser = make_denoiser(
      "diagonal Gaussian", Prediction::sample, path,
      [apply](const Tensor& x, std::span<const double> times, const Tensor&) { return apply(x, times, true); });
  denoiser.vjp = [apply](const Query& query, const Tensor& v) { return apply(v, query.times, false); };
  return denoiser;
}

}  // namespace ito
