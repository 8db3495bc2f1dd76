// Labelled Gaussian mixture: data whose denoiser, density and class posterior are formulas at every noise level.
//
//   p(x) = sum_k pi_k N(x; m_k, S_k),  component k has label c_k;   p_t as below with S_t,k = alpha^2 S_k + sigma^2 I
//   log p_t(x)   = log sum_k exp(log pi_k + log N(x; alpha m_k, S_t,k))
//   r_k(x)       = pi_k N(x; alpha m_k, S_t,k) / p_t(x)                     responsibilities, by log-sum-exp
//   x_0-hat(x)   = sum_k r_k(x) mu_k(x),   mu_k = m_k + alpha S_k S_t,k^-1 (x - alpha m_k)
//   p_t(c | x)   = sum of r_k over the components of class c
// Conditioned on a label, the sums run over that class's components alone, with pi_k divided by their sum.
//
// Computed in double whatever the tensors' type; a sample's bits do not depend on its batch. Samples are [N, ...] of D
// elements; `levels` holds one noise level, or one for each sample; `condition` is int32 [N] with kUnconditional (-1)
// for none, or undefined. Covariances: full for D <= 16, low rank plus diagonal (any D) otherwise: see components.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/denoiser.h"
#include "samplers/exact/batch.h"
#include "samplers/exact/components.h"

namespace ito {

class GaussianMixture {
 public:
  // Labels are 0 .. classes - 1 and each has a component; classes = 0: no labels, those of the components are ignored.
  // Weights are positive and are scaled to sum to 1. InputError otherwise.
  GaussianMixture(std::vector<FullComponent> components, int classes);
  GaussianMixture(std::vector<LowRankComponent> components, int classes);
  ~GaussianMixture();
  GaussianMixture(GaussianMixture&&) noexcept;
  GaussianMixture& operator=(GaussianMixture&&) noexcept;

  std::int64_t dimension() const;
  int classes() const { return classes_; }
  std::int64_t count() const { return static_cast<std::int64_t>(weights_.size()); }
  double class_weight(int label) const;  // p(c)

  Tensor denoise(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition = {}) const;
  // v^T d x_0-hat / d x.
  Tensor denoise_vjp(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition,
                     const Tensor& v) const;
  // log p_t(x), or log p_t(x | c) where a sample has a label.
  std::vector<double> log_density(const Tensor& x, std::span<const NoiseLevel> levels,
                                  const Tensor& condition = {}) const;
  // p_t(c | x), [N, classes]. InputError without labels.
  std::vector<double> class_posterior(const Tensor& x, std::span<const NoiseLevel> levels) const;

  struct Draws {
    Tensor x;       // double [N, D]
    Tensor labels;  // int32 [N]; undefined when the mixture has none
  };
  // Draws number first + i of `seed` (Stream::label chooses the component, Stream::data moves it): from p(x | c) where
  // labels[i] is c, from p(x) where it is -1. A draw does not depend on the others.
  Draws draw(std::uint64_t seed, std::int64_t first, std::span<const std::int32_t> labels) const;
  Draws draw(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int32_t label = -1) const;
  // Exact draws of what guidance with weight w asks for, proportional to p(x) p(c | x)^w, w >= 0, by rejection: from
  // p(x | c) accepted with p(c | x)^(w - 1) for w >= 1, from p(x) accepted with p(c | x)^w below. Attempt a is draw()
  // with `step` a. InputError when a draw is still refused after 100,000 attempts.
  Tensor draw_tilted(std::uint64_t seed, std::int64_t first, std::span<const std::int32_t> labels, double w) const;

 private:
  struct Range {
    std::int64_t begin, end;  // components of one class, or all
    double weight;            // their sum
    double before;            // cumulative weight of the components before them
  };
  template <class Component>
  void prepare(std::vector<Component>& components, int classes);
  Range range(std::int32_t label) const;
  std::int64_t component_at(std::int32_t label, double u) const;
  std::vector<double> attempt(std::uint64_t seed, std::uint32_t step, std::span<const std::int64_t> samples,
                              std::span<const std::int32_t> labels, std::vector<std::int32_t>* drawn) const;
  // Log-densities and responsibilities of a group, row blocks at a time: f(rows, range's batch, r, log p).
  template <class F>
  void for_each_block(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition, const F& f) const;

  int classes_ = 0;
  std::vector<double> weights_;       // sorted by label, as the components are
  std::vector<std::int32_t> labels_;  // of the components
  std::vector<Range> ranges_;         // of all components, then of each class
  std::vector<double> cumulative_;    // weights of all components up to this one, summed ascending
  std::unique_ptr<Components> components_;
};

// The exact denoiser on any path; predicts x_0, takes conditions, has vjp.
Denoiser mixture_denoiser(std::shared_ptr<const GaussianMixture> mixture, PathPtr path);

}  // namespace ito
