// Gaussian data N(m, S): every question about a diffusion of it has a closed form (MATHS.md, section 7).
//
//   S = V diag(s) V^T,   x_t = alpha x_0 + sigma eps  ~  N(alpha m, S_t),   S_t = alpha^2 S + sigma^2 I
//   denoiser   x_0-hat = m + V diag(alpha s / (alpha^2 s + sigma^2)) V^T (x - alpha m)
//   score      -S_t^-1 (x - alpha m)
//   flow map   x_s = alpha_s m + S_s^(1/2) S_t^(-1/2) (x_t - alpha_t m)     (PF-ODE; the same V at every time)
//
// Computed in double through two products with V, whatever the tensors' type; a sample's bits do not depend on its
// batch. Samples are [N, ...] with D elements each; `levels` holds one noise level, or one for each sample.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/denoiser.h"
#include "samplers/exact/batch.h"
#include "samplers/exact/decompositions.h"

namespace ito {

class Gaussian {
 public:
  // covariance [D, D], symmetric; eigenvalues below zero by no more than rounding (1e-10 of the largest) count as zero,
  // InputError below that. A direction of zero variance is a fixed value: its denoiser is m, and at sigma = 0 x /
  // alpha.
  Gaussian(std::vector<double> mean, std::span<const double> covariance);

  std::int64_t dimension() const { return static_cast<std::int64_t>(mean_.size()); }
  const std::vector<double>& mean() const { return mean_; }
  const std::vector<double>& variances() const { return eigen_.values; }  // falling
  const std::vector<double>& basis() const { return eigen_.vectors; }     // V [D, D], columns
  std::vector<double> covariance() const;

  Tensor denoise(const Tensor& x, std::span<const NoiseLevel> levels) const;
  Tensor score(const Tensor& x, std::span<const NoiseLevel> levels) const;
  // v^T d x_0-hat / d x; the Jacobian does not depend on x.
  Tensor denoise_vjp(const Tensor& v, std::span<const NoiseLevel> levels) const;
  // log p_t(x), one number a sample. InputError where S_t is singular.
  std::vector<double> log_density(const Tensor& x, std::span<const NoiseLevel> levels) const;
  // The PF-ODE's solution at `to` from x at `from`.
  Tensor flow(const Tensor& x, NoiseLevel from, NoiseLevel to) const;
  // x = m + V sqrt(s) z: draws number first .. first + count - 1 of `seed` (Stream::data), double [count, D].
  Tensor draw(std::uint64_t seed, std::int64_t first, std::int64_t count) const;

 private:
  // base_n + V diag(scale_n) V^T (x_n - centre_n mean), with base_n = offset_n mean, by a function of (n, s_j).
  template <class Scale>
  std::vector<double> spectral(std::span<const double> rows, std::span<const double> centre,
                               std::span<const double> offset, const Scale& scale) const;

  std::vector<double> mean_;
  SymmetricEigen eigen_;
};

// KL(p || q) in nats. +inf where either has a direction of zero variance.
double kl_divergence(const Gaussian& p, const Gaussian& q);
// The 2-Wasserstein distance (not squared): |m_p - m_q|^2 + tr(S_p + S_q - 2 (S_p^1/2 S_q S_p^1/2)^1/2), square root.
double w2_distance(const Gaussian& p, const Gaussian& q);

// The exact denoiser on any path; predicts x_0, has vjp and flow.
Denoiser gaussian_denoiser(std::shared_ptr<const Gaussian> gaussian, PathPtr path);

}  // namespace ito
