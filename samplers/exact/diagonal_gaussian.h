// A Gaussian of D independent numbers: what any Gaussian is along the axes of its covariance (MATHS.md section 7).
//
//   N(m, S), S = V diag(s) V^T, is N(V^T m, diag(s)) in the coordinates V^T x. The noise of a path is the same in all
//   coordinates, so along these axes a diffusion of the law is D diffusions of one number each:
//   x_0-hat_j = m_j + alpha s_j / (alpha^2 s_j + sigma^2) (x_j - alpha m_j)
#pragma once

#include <vector>

#include "samplers/denoiser.h"
#include "samplers/exact/batch.h"
#include "samplers/exact/gaussian.h"

namespace ito {

struct DiagonalGaussian {
  std::vector<double> means;
  std::vector<double> variances;
};

// Along the axes of its covariance, variances falling.
DiagonalGaussian along_axes(const Gaussian& gaussian);
// The law of alpha x + sigma eps.
DiagonalGaussian diffused(const DiagonalGaussian& law, NoiseLevel level);

// KL(p || q) in nats: the sum over directions of (r - 1 - log r)/2 + (m_p - m_q)^2/(2 s_q), r = s_p/s_q. +inf where
// one of them has a direction of zero variance. InputError where the dimensions differ.
double kl_divergence(const DiagonalGaussian& p, const DiagonalGaussian& q);
// The 2-Wasserstein distance: sqrt(sum_j (m_p - m_q)^2 + (sqrt s_p - sqrt s_q)^2).
double w2_distance(const DiagonalGaussian& p, const DiagonalGaussian& q);

// Its exact denoiser on any path, samples [N, D] of float or double; predicts x_0, has vjp. Every element is computed
// on its own. InputError where means and variances are not of one size, or a variance is negative or not finite.
Denoiser diagonal_denoiser(DiagonalGaussian law, PathPtr path);

}  // namespace ito
