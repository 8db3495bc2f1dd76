// One Brownian path for each element of each sample, on which a stochastic solver may walk at any number of steps
// (MATHS.md section 3).
//
// The noise of the nu-family is exact in the clock tau = exp(2 nu^2 lambda): over a step t -> s it is
//   sigma_s e^(-nu^2 lambda_s) (B(tau_s) - B(tau_t)),   B Brownian, B(tau = 0) = 0 at lambda = -inf.
// What is computed is b(lambda) = B(tau)/sqrt(tau), which no lambda overflows: unit variance, covariance
// e^(-nu^2 |lambda - lambda'|). With k = nu^2, E(y) = 1 - e^(-2ky), and m between l and r, d_l = m - l, d_r = r - m:
//   b(m) = e^(-k d_l) E(d_r)/E(d_l + d_r) b(l) + e^(-k d_r) E(d_l)/E(d_l + d_r) b(r)
//          + sqrt(E(d_l) E(d_r)/E(d_l + d_r)) z                                              (Levy's bridge in tau)
//   b(r) = e^(-k (r - l)) b(l) + sqrt(E(r - l)) z                                            (the two ends)
// and a request is answered with
//   z = (B(tau_s) - B(tau_t))/sqrt(tau_s - tau_t) = (b(s) - e^(-k h) b(t))/sqrt(E(h)),   h = lambda_s - lambda_t.
//
// The range [-32, 32] of lambda is halved again and again whatever the path, the steps and nu, so that one path in
// lambda serves all. Node (depth, i) is heap number 2^depth + i and draws its z by counter (seed, sample, element,
// heap number, Stream::brownian); the left end is number 0, the right end number 0 of the next substep. Inside a leaf
// of depth 31, 1.5e-8 wide, B is linear in tau.
#pragma once

#include "samplers/grid.h"
#include "samplers/noise.h"

namespace ito {

inline constexpr double kBrownianRange = 32;  // of |lambda|; -inf is legal too: B = 0 there

// z by the increments of one Brownian path: steps into which a step is cut draw what adds up to its own increment.
// Does not depend on the batch that a sample stands in nor on the order of requests; step and substep are not asked
// for. z = 0 for nu below 1e-30, whose noise no state can tell from none. InputError for nu = 0 and for lambda outside
// the range. Noise that leads back up, or to where it starts (restart, churn, consistency models, correctors: from <=
// to), is no part of the path; it is counter_noise's. Not for several threads at once: it remembers its last answers.
Noise brownian_noise(PathPtr path, std::uint64_t seed, std::int64_t first_sample = 0);

// Refuses a grid that leaves the range (its clean end, where no noise is drawn, aside).
void check_brownian_range(const Path& path, const Grid& grid);

}  // namespace ito
