// The components of a Gaussian mixture, told in two ways: full covariances (low dimension) and low rank plus diagonal
// (high dimension). The mixture weighs them; this file knows nothing of weights and labels.
//
//   x_t | component k  ~  N(alpha m_k, S_t,k),   S_t,k = alpha^2 S_k + sigma^2 I
//   mu_k(x) = E[x_0 | x_t = x, k] = m_k + alpha S_k S_t,k^-1 (x - alpha m_k) = A_k x + b_k
//   g_k(x)  = grad log N(x; alpha m_k, S_t,k) = -S_t,k^-1 (x - alpha m_k)
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "samplers/exact/batch.h"

namespace ito {

struct FullComponent {
  double weight = 1;
  std::int32_t label = 0;
  std::vector<double> mean;        // [D]
  std::vector<double> covariance;  // [D, D], positive definite
};

// S = factor factor^T + diag(diagonal).
struct LowRankComponent {
  double weight = 1;
  std::int32_t label = 0;
  std::vector<double> mean;      // [D]
  std::vector<double> factor;    // [D, rank]
  std::vector<double> diagonal;  // [D], positive
};

// Components [begin, end) at one noise level on one batch of points.
class ComponentBatch {
 public:
  virtual ~ComponentBatch() = default;
  // log N(x_n; alpha m_k, S_t,k), [points, end - begin].
  virtual const std::vector<double>& log_densities() const = 0;
  // sum_k r[n, k] mu_k(x_n), [points, D].
  virtual std::vector<double> posterior_means(std::span<const double> r) const = 0;
  // sum_k r[n, k] (A_k v_n + (v_n . (mu_k(x_n) - mean_n)) g_k(x_n)), [points, D]: with r the responsibilities and
  // mean their posterior mean, v^T times the Jacobian of that mean.
  virtual std::vector<double> jacobian_product(std::span<const double> r, std::span<const double> mean,
                                               std::span<const double> v) const = 0;
};

class Components {
 public:
  virtual ~Components() = default;
  virtual std::int64_t dimension() const = 0;
  // How many standard normal numbers one draw takes; x = m_k + (a square root of S_k) z.
  virtual std::int64_t noise_size() const = 0;
  virtual void draw(std::int64_t k, std::span<const double> z, std::span<double> x) const = 0;
  virtual std::unique_ptr<ComponentBatch> at(NoiseLevel level, std::int64_t begin, std::int64_t end,
                                             std::vector<double> points) const = 0;
};

// InputError where shapes disagree, a number is not finite or a covariance is not positive definite. Full: D from 1
// to 16.
std::unique_ptr<Components> make_full_components(std::span<const FullComponent> components);
std::unique_ptr<Components> make_low_rank_components(std::span<const LowRankComponent> components);

}  // namespace ito
