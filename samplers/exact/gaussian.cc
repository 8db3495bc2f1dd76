#include "samplers/exact/gaussian.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/core/math.h"
#include "kernels/random/random.h"
#include "samplers/exact/products.h"

namespace ito {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

std::vector<double> each_sample(std::span<const NoiseLevel> levels, std::int64_t n, double NoiseLevel::*member) {
  require(levels.size() == 1 || static_cast<std::int64_t>(levels.size()) == n,
          "expected one time, or one for each sample");
  std::vector<double> values(index(n));
  for (std::int64_t i = 0; i < n; ++i) values[index(i)] = levels[levels.size() == 1 ? 0 : index(i)].*member;
  return values;
}

double variance_at(NoiseLevel level, double s) { return level.alpha * level.alpha * s + level.sigma * level.sigma; }

// alpha s / (alpha^2 s + sigma^2); at sigma = 0 its limit 1 / alpha, also where s = 0.
double denoiser_gain(NoiseLevel level, double s) {
  return level.sigma == 0 ? 1.0 / level.alpha : level.alpha * s / variance_at(level, s);
}

}  // namespace

Gaussian::Gaussian(std::vector<double> mean, std::span<const double> covariance)
    : mean_(std::move(mean)), eigen_(symmetric_eigen(covariance, static_cast<std::int64_t>(mean_.size()))) {
  require(!mean_.empty(), "Gaussian: the mean is empty");
  for (const double m : mean_) require(std::isfinite(m), "Gaussian: the mean is not finite");
  const double largest = std::max(eigen_.values.front(), 0.0);
  for (double& s : eigen_.values) {
    if (s < -1e-10 * largest || (s < 0 && largest == 0))
      throw InputError(fmt::format("Gaussian: the covariance has a negative eigenvalue, {}", s));
    s = std::max(s, 0.0);
  }
}

std::vector<double> Gaussian::covariance() const {
  const std::int64_t d = dimension();
  std::vector<double> scaled = eigen_.vectors;
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j) scaled[index(i * d + j)] *= eigen_.values[index(j)];
  return multiply_transposed(scaled, eigen_.vectors, d, d, d);
}

template <class Scale>
std::vector<double> Gaussian::spectral(std::span<const double> rows, std::span<const double> centre,
                                       std::span<const double> offset, const Scale& scale) const {
  const std::int64_t d = dimension(), n = static_cast<std::int64_t>(rows.size()) / d;
  std::vector<double> y(rows.begin(), rows.end());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j)
      y[index(i * d + j)] = std::fma(-centre[index(i)], mean_[index(j)], y[index(i * d + j)]);
  std::vector<double> z = multiply(y, eigen_.vectors, n, d, d);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j) z[index(i * d + j)] *= scale(i, eigen_.values[index(j)]);
  std::vector<double> result = multiply_transposed(z, eigen_.vectors, n, d, d);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j)
      result[index(i * d + j)] = std::fma(offset[index(i)], mean_[index(j)], result[index(i * d + j)]);
  return result;
}

Tensor Gaussian::denoise(const Tensor& x, std::span<const NoiseLevel> levels) const {
  check_dimension(x, dimension(), "Gaussian");
  const std::int64_t n = x.dim(0);
  const std::vector<double> alpha = each_sample(levels, n, &NoiseLevel::alpha);
  const std::vector<double> sigma = each_sample(levels, n, &NoiseLevel::sigma);
  return samples_like(
      x, spectral(sample_rows(x), alpha, std::vector<double>(index(n), 1.0), [&](std::int64_t i, double s) {
        return denoiser_gain({alpha[index(i)], sigma[index(i)]}, s);
      }));
}

Tensor Gaussian::denoise_vjp(const Tensor& v, std::span<const NoiseLevel> levels) const {
  check_dimension(v, dimension(), "Gaussian");
  const std::int64_t n = v.dim(0);
  const std::vector<double> alpha = each_sample(levels, n, &NoiseLevel::alpha);
  const std::vector<double> sigma = each_sample(levels, n, &NoiseLevel::sigma);
  const std::vector<double> none(index(n), 0.0);
  return samples_like(v, spectral(sample_rows(v), none, none, [&](std::int64_t i, double s) {
                        return denoiser_gain({alpha[index(i)], sigma[index(i)]}, s);
                      }));
}

Tensor Gaussian::score(const Tensor& x, std::span<const NoiseLevel> levels) const {
  check_dimension(x, dimension(), "Gaussian");
  const std::int64_t n = x.dim(0);
  const std::vector<double> alpha = each_sample(levels, n, &NoiseLevel::alpha);
  const std::vector<double> sigma = each_sample(levels, n, &NoiseLevel::sigma);
  return samples_like(
      x, spectral(sample_rows(x), alpha, std::vector<double>(index(n), 0.0), [&](std::int64_t i, double s) {
        const double variance = variance_at({alpha[index(i)], sigma[index(i)]}, s);
        if (variance == 0) throw InputError("Gaussian: the score does not exist where the covariance is singular");
        return -1.0 / variance;
      }));
}

std::vector<double> Gaussian::log_density(const Tensor& x, std::span<const NoiseLevel> levels) const {
  check_dimension(x, dimension(), "Gaussian");
  const std::int64_t d = dimension(), n = x.dim(0);
  const std::vector<double> alpha = each_sample(levels, n, &NoiseLevel::alpha);
  const std::vector<double> sigma = each_sample(levels, n, &NoiseLevel::sigma);
  std::vector<double> y = sample_rows(x);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < d; ++j)
      y[index(i * d + j)] = std::fma(-alpha[index(i)], mean_[index(j)], y[index(i * d + j)]);
  const std::vector<double> z = multiply(y, eigen_.vectors, n, d, d);
  constexpr double kLogTwoPi = 1.8378770664093454836;
  std::vector<double> result(index(n));
  for (std::int64_t i = 0; i < n; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < d; ++j) {
      const double variance = variance_at({alpha[index(i)], sigma[index(i)]}, eigen_.values[index(j)]);
      if (variance == 0) throw InputError("Gaussian: there is no density where the covariance is singular");
      sum += z[index(i * d + j)] * z[index(i * d + j)] / variance + math::log(variance) + kLogTwoPi;
    }
    result[index(i)] = -0.5 * sum;
  }
  return result;
}

Tensor Gaussian::flow(const Tensor& x, NoiseLevel from, NoiseLevel to) const {
  check_dimension(x, dimension(), "Gaussian");
  const std::int64_t n = x.dim(0);
  return samples_like(x, spectral(sample_rows(x), std::vector<double>(index(n), from.alpha),
                                  std::vector<double>(index(n), to.alpha), [&](std::int64_t, double s) {
                                    const double variance = variance_at(from, s);
                                    if (variance == 0)
                                      throw InputError("Gaussian: no flow leaves a singular covariance at sigma = 0");
                                    return std::sqrt(variance_at(to, s) / variance);
                                  }));
}

Tensor Gaussian::draw(std::uint64_t seed, std::int64_t first, std::int64_t count) const {
  const std::int64_t d = dimension();
  std::vector<double> z(index(count * d));
  kernels::normal(default_context(), RandomKey(seed, 0, Stream::data), first, count, d, z.data());
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < d; ++j) z[index(i * d + j)] *= std::sqrt(eigen_.values[index(j)]);
  std::vector<double> x = multiply_transposed(z, eigen_.vectors, count, d, d);
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t j = 0; j < d; ++j) x[index(i * d + j)] += mean_[index(j)];
  return Tensor::from(x, {count, d});
}

double kl_divergence(const Gaussian& p, const Gaussian& q) {
  const std::int64_t d = p.dimension();
  require(q.dimension() == d, "kl_divergence: the Gaussians have different dimensions");
  // In q's basis: R = V_q^T V_p and the means' difference.
  std::vector<double> rotation(index(d * d), 0.0), shift(index(d), 0.0), difference(index(d));
  add_transposed_multiply(q.basis(), p.basis(), d, d, d, rotation);
  for (std::int64_t j = 0; j < d; ++j) difference[index(j)] = q.mean()[index(j)] - p.mean()[index(j)];
  shift = multiply(difference, q.basis(), 1, d, d);
  double sum = 0;
  for (std::int64_t i = 0; i < d; ++i) {
    double variance = 0;
    for (std::int64_t j = 0; j < d; ++j)
      variance = std::fma(rotation[index(i * d + j)] * rotation[index(i * d + j)], p.variances()[index(j)], variance);
    if (q.variances()[index(i)] == 0 || p.variances()[index(i)] == 0) return std::numeric_limits<double>::infinity();
    sum += (variance + shift[index(i)] * shift[index(i)]) / q.variances()[index(i)] - 1.0 +
           math::log(q.variances()[index(i)]) - math::log(p.variances()[index(i)]);
  }
  return 0.5 * sum;
}

double w2_distance(const Gaussian& p, const Gaussian& q) {
  const std::int64_t d = p.dimension();
  require(q.dimension() == d, "w2_distance: the Gaussians have different dimensions");
  // The nonzero eigenvalues of S_p^1/2 S_q S_p^1/2 are the squared singular values of B = s_p^1/2 V_p^T V_q s_q^1/2.
  std::vector<double> b(index(d * d), 0.0);
  add_transposed_multiply(p.basis(), q.basis(), d, d, d, b);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j)
      b[index(i * d + j)] *= std::sqrt(p.variances()[index(i)]) * std::sqrt(q.variances()[index(j)]);
  const SymmetricEigen cross = symmetric_eigen(multiply_transposed(b, b, d, d, d), d);
  double squared = 0;
  for (std::int64_t i = 0; i < d; ++i) {
    const double shift = p.mean()[index(i)] - q.mean()[index(i)];
    squared += shift * shift + p.variances()[index(i)] + q.variances()[index(i)] -
               2 * std::sqrt(std::max(cross.values[index(i)], 0.0));
  }
  return std::sqrt(std::max(squared, 0.0));
}

Denoiser gaussian_denoiser(std::shared_ptr<const Gaussian> gaussian, PathPtr path) {
  Denoiser denoiser;
  denoiser.name = "gaussian";
  denoiser.prediction = Prediction::sample;
  denoiser.path = path;
  denoiser.evaluate = [gaussian, path](const Query& query) {
    return Answer{gaussian->denoise(query.x, noise_levels(*path, query.times)), {}};
  };
  denoiser.vjp = [gaussian, path](const Query& query, const Tensor& v) {
    return gaussian->denoise_vjp(v, noise_levels(*path, query.times));
  };
  denoiser.flow = [gaussian, path](const Tensor& x, Time from, Time to) {
    return gaussian->flow(x, {path->alpha(from), path->sigma(from)}, {path->alpha(to), path->sigma(to)});
  };
  return denoiser;
}

}  // namespace ito
