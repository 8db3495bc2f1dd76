// A finite data set y_1 .. y_n taken as the whole law: the memorisation limit of a perfectly trained network.
//
//   p_t(x) = 1/n sum_i N(x; alpha y_i, sigma^2 I)
//   x_0-hat(x) = sum_i w_i y_i,   w = softmax_i(-|x - alpha y_i|^2 / (2 sigma^2));   sigma = 0: x / alpha
// Conditioned on a label, i runs over the examples of that class.
//
// Distances come in two passes. All of them from one product (|x|^2 - 2 alpha x.y + alpha^2 |y|^2, centred on the
// data's mean so that little cancels); then whatever lies within a margin of the nearest, which holds 60 nats and the
// first pass's rounding, is kept: the rest weighs less than e^-60 of it. At most kRefined survivors are measured again
// by differences, exact at any sigma, and summed one by one; more are weighed as they are and summed by products over
// tiles of examples. Which of the two is taken depends on the sample alone, so its bits do not depend on its batch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/denoiser.h"
#include "samplers/exact/batch.h"

namespace ito {

class FiniteSet {
 public:
  static constexpr std::int64_t kRefined = 256;

  // examples [n, ...] float or double; labels int32 [n] or undefined (then classes is 0). Only the first `limit`
  // examples are used (0: all). Every class must have an example among them: InputError otherwise.
  FiniteSet(const Tensor& examples, const Tensor& labels, int classes, std::int64_t limit = 0);

  std::int64_t dimension() const { return dimension_; }
  std::int64_t count() const { return static_cast<std::int64_t>(order_.size()); }
  int classes() const { return classes_; }

  Tensor denoise(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition = {}) const;
  // log p_t(x), or log p_t(x | c); sigma > 0.
  std::vector<double> log_density(const Tensor& x, std::span<const NoiseLevel> levels,
                                  const Tensor& condition = {}) const;

  struct Neighbour {
    std::int64_t example;  // its place in `examples`
    double distance;       // Euclidean
  };
  // The nearest example to each sample (the first of equals), leaving out example exclude[i] if given.
  std::vector<Neighbour> nearest(const Tensor& x, std::span<const std::int64_t> exclude = {}) const;

 private:
  struct Survivors;
  struct Range {
    std::int64_t begin, end;
  };
  Range range(std::int32_t label) const;  // where the examples of a class stand, or all
  void tile(std::int64_t begin, std::int64_t end, std::span<double> rows) const;
  Survivors survivors(NoiseLevel level, std::int64_t begin, std::int64_t end, std::span<const double> x) const;
  double distance_squared(const double* x, double alpha, std::int64_t i) const;

  std::int64_t dimension_ = 0;
  int classes_ = 0;
  Tensor examples_;                        // [n, D] sorted by label
  std::vector<std::int64_t> order_;        // the place in the given tensor of each
  std::vector<std::int64_t> class_begin_;  // [classes + 1]
  std::vector<double> mean_;               // [D]
  std::vector<double> squared_norms_;      // [n], of y - mean
  double largest_norm_ = 0;
};

// The exact denoiser on any path; predicts x_0, takes conditions.
Denoiser finite_denoiser(std::shared_ptr<const FiniteSet> set, PathPtr path);

}  // namespace ito
