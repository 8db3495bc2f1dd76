// Unadjusted Langevin dynamics at a fixed time t: a walk whose law tends to the marginal p_t of the path.
//
//   x' = x + step score(x, t) + sqrt(2 step) z                      (Song, Ermon 2019, eq. 4 with step = theirs / 2)
//
// Where p_t = N(m, V) it is x' - m = (1 - step/V)(x - m) + sqrt(2 step) z, whose stationary law at this step is
//
//   N(m, V / (1 - step/(2 V))),  step < 2 V;   variance 2 step (1 - r^(2 n))/(1 - r^2) + r^(2 n) v_0 after n steps,
//   r = 1 - step/V
//
// so the variance is too large by step/2 to first order: the bias of the unadjusted walk.
//
// Steps from norms (Song et al. 2021, algorithms 4 and 5: the corrector of predictor-corrector sampling):
//
//   step = 2 a (snr norm(z)/norm(score))^2
//
// The source takes norm(z) and norm(score) as means over the batch; here each sample has its own, so that a sample does
// not depend on its neighbours. A sample whose score is exactly 0 stays where it is. Such a step depends on x and z, so
// this walk is neither linear in x nor does it leave p_t invariant as step -> 0 at fixed snr: its bias is set by snr.
#pragma once

#include <vector>

#include "samplers/denoiser.h"
#include "samplers/noise.h"

namespace ito {

// One step of every sample with its own step size. steps has one entry for all, or N.
Tensor langevin_step(const Tensor& x, const Tensor& score, const Tensor& z, const std::vector<double>& steps);

// step = 2 a (snr norm(z)/norm(score))^2 for each sample; 0 where norm(score) = 0.
std::vector<double> langevin_steps_from_norms(const Tensor& score, const Tensor& z, double snr, double a = 1.0);

// `count` steps at time t from x [N, ...], with one step size, or with those from norms. Noise is asked for as step
// 0 .. count - 1, from = to = t: it is no increment of the path's SDE. InputError for step, snr or count below 0 or
// where the path has no score (sigma(t) = 0); DivergedError when a state stops being finite.
Tensor simulate_langevin(const Denoiser& denoiser, const PathPtr& path, Time t, double step, int count, Tensor x,
                         const Noise& noise, const Tensor& condition = {});
Tensor simulate_langevin_from_norms(const Denoiser& denoiser, const PathPtr& path, Time t, double snr, int count,
                                    Tensor x, const Noise& noise, const Tensor& condition = {});

// The stationary variance of the walk on N(m, variance) at this step: infinite where step >= 2 variance.
double langevin_stationary_variance(double variance, double step);

}  // namespace ito
