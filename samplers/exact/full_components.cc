// Full covariances: small matrices, many components. Everything that depends on the noise level alone (Cholesky
// factors, A_k, b_k) is computed once for a batch; the points meet it in two passes over [points, count]: log-densities
// by kernels/quadratic_form, and the mean as one product, because sum_k r_k (A_k x + b_k) = (sum_k r_k A_k) x + sum_k
// r_k b_k.
#include <fmt/format.h>

#include <cmath>

#include "kernels/core/math.h"
#include "kernels/quadratic_form/quadratic_form.h"
#include "samplers/exact/components.h"
#include "samplers/exact/decompositions.h"
#include "samplers/exact/products.h"

namespace ito {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// W = L^-1 of the Cholesky factor of a small positive definite matrix s [d, d], in place of s's lower triangle;
// returns log det L.
double inverse_cholesky(double* s, std::int64_t d) {
  double log_determinant = 0;
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j <= i; ++j) {
      double sum = s[i * d + j];
      for (std::int64_t k = 0; k < j; ++k) sum = std::fma(-s[i * d + k], s[j * d + k], sum);
      s[i * d + j] = i == j ? std::sqrt(sum) : sum / s[j * d + j];
    }
  for (std::int64_t i = 0; i < d; ++i) {
    log_determinant += math::log(s[i * d + i]);
    s[i * d + i] = 1.0 / s[i * d + i];
    for (std::int64_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::int64_t k = j; k < i; ++k) sum = std::fma(s[i * d + k], s[k * d + j], sum);
      s[i * d + j] = -s[i * d + i] * sum;
    }
  }
  return log_determinant;
}

class FullBatch : public ComponentBatch {
 public:
  FullBatch(NoiseLevel level, std::int64_t d, std::int64_t count, const double* means, const double* covariances,
            std::vector<double> points)
      : d_(d), count_(count), points_(std::move(points)), affine_(index(count * (d * d + d))) {
    const std::int64_t packed = d * (d + 1) / 2;
    std::vector<double> centres(index(d * count)), factors(index(packed * count)), offset(index(count));
    precision_.resize(index(count * d * d));
    centre_.resize(index(count * d));
    std::vector<double> w(index(d * d));
    constexpr double kLogTwoPi = 1.8378770664093454836;
    for (std::int64_t k = 0; k < count; ++k) {
      const double* mean = means + k * d;
      const double* covariance = covariances + k * d * d;
      for (std::int64_t i = 0; i < d * d; ++i) w[index(i)] = level.alpha * level.alpha * covariance[i];
      for (std::int64_t i = 0; i < d; ++i) w[index(i * d + i)] += level.sigma * level.sigma;
      offset[index(k)] = -inverse_cholesky(w.data(), d) - 0.5 * static_cast<double>(d) * kLogTwoPi;
      std::int64_t entry = 0;
      for (std::int64_t i = 0; i < d; ++i) {
        centre_[index(k * d + i)] = level.alpha * mean[i];
        centres[index(i * count + k)] = level.alpha * mean[i];
        for (std::int64_t j = 0; j <= i; ++j, ++entry) factors[index(entry * count + k)] = w[index(i * d + j)];
      }
      double* precision = precision_.data() + k * d * d;
      for (std::int64_t i = 0; i < d; ++i)
        for (std::int64_t j = 0; j < d; ++j) {
          double sum = 0;
          for (std::int64_t l = std::max(i, j); l < d; ++l)
            sum = std::fma(w[index(l * d + i)], w[index(l * d + j)], sum);
          precision[i * d + j] = sum;
        }
      double* a = affine_.data() + k * (d * d + d);
      double* b = a + d * d;
      for (std::int64_t i = 0; i < d; ++i) {
        double shift = 0;
        for (std::int64_t j = 0; j < d; ++j) {
          double sum = 0;
          for (std::int64_t l = 0; l < d; ++l) sum = std::fma(covariance[i * d + l], precision[l * d + j], sum);
          a[i * d + j] = level.alpha * sum;
          shift = std::fma(a[i * d + j], level.alpha * mean[j], shift);
        }
        b[i] = mean[i] - shift;
      }
    }
    const std::int64_t n = static_cast<std::int64_t>(points_.size()) / d;
    log_densities_.resize(index(n * count));
    kernels::quadratic_form(default_context(), n, points_.data(),
                            {d, count, centres.data(), factors.data(), offset.data(), count}, log_densities_.data());
  }

  const std::vector<double>& log_densities() const override { return log_densities_; }

  std::vector<double> posterior_means(std::span<const double> r) const override {
    const std::int64_t n = static_cast<std::int64_t>(points_.size()) / d_;
    const std::vector<double> affine = multiply(r, affine_, n, d_ * d_ + d_, count_);
    std::vector<double> mean(points_.size());
    for (std::int64_t p = 0; p < n; ++p) {
      const double* a = affine.data() + p * (d_ * d_ + d_);
      for (std::int64_t i = 0; i < d_; ++i) {
        double sum = a[d_ * d_ + i];
        for (std::int64_t j = 0; j < d_; ++j) sum = std::fma(a[i * d_ + j], points_[index(p * d_ + j)], sum);
        mean[index(p * d_ + i)] = sum;
      }
    }
    return mean;
  }

  std::vector<double> jacobian_product(std::span<const double> r, std::span<const double> mean,
                                       std::span<const double> v) const override {
    const std::int64_t n = static_cast<std::int64_t>(points_.size()) / d_;
    std::vector<double> result(points_.size(), 0.0);
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t k = 0; k < count_; ++k) {
        const double weight = r[index(p * count_ + k)];
        if (weight == 0) continue;
        const double* x = points_.data() + p * d_;
        const double* a = affine_.data() + k * (d_ * d_ + d_);
        const double* precision = precision_.data() + k * d_ * d_;
        double along = 0;  // v . (mu_k - mean)
        for (std::int64_t i = 0; i < d_; ++i) {
          double mu = a[d_ * d_ + i];
          for (std::int64_t j = 0; j < d_; ++j) mu = std::fma(a[i * d_ + j], x[j], mu);
          along = std::fma(v[index(p * d_ + i)], mu - mean[index(p * d_ + i)], along);
        }
        for (std::int64_t i = 0; i < d_; ++i) {
          double linear = 0, score = 0;
          for (std::int64_t j = 0; j < d_; ++j) {
            linear = std::fma(a[j * d_ + i], v[index(p * d_ + j)], linear);
            score = std::fma(-precision[i * d_ + j], x[j] - centre_[index(k * d_ + j)], score);
          }
          double& out = result[index(p * d_ + i)];
          out = std::fma(weight, std::fma(along, score, linear), out);
        }
      }
    return result;
  }

 private:
  std::int64_t d_, count_;
  std::vector<double> points_;         // [n, d]
  std::vector<double> affine_;         // [count, d * d + d]: A_k, b_k
  std::vector<double> precision_;      // [count, d, d]
  std::vector<double> centre_;         // [count, d]: alpha m_k
  std::vector<double> log_densities_;  // [n, count]
};

class FullComponents : public Components {
 public:
  explicit FullComponents(std::span<const FullComponent> components)
      : d_(components.empty() ? 0 : static_cast<std::int64_t>(components[0].mean.size())) {
    require(!components.empty(), "a mixture needs at least one component");
    if (d_ < 1 || d_ > kernels::kQuadraticFormMaxDimension)
      throw InputError(
          fmt::format("a mixture with full covariances has dimension 1 to {}, got {}; use low rank plus "
                      "diagonal",
                      kernels::kQuadraticFormMaxDimension, d_));
    for (std::size_t k = 0; k < components.size(); ++k) {
      const FullComponent& c = components[k];
      if (static_cast<std::int64_t>(c.mean.size()) != d_ || static_cast<std::int64_t>(c.covariance.size()) != d_ * d_)
        throw InputError(
            fmt::format("mixture component {}: expected a mean of {} numbers and a covariance of {}", k, d_, d_ * d_));
      for (const double m : c.mean)
        if (!std::isfinite(m)) throw InputError(fmt::format("mixture component {}: the mean holds {}", k, m));
      const std::vector<double> root = cholesky(c.covariance, d_);
      means_.insert(means_.end(), c.mean.begin(), c.mean.end());
      covariances_.insert(covariances_.end(), c.covariance.begin(), c.covariance.end());
      roots_.insert(roots_.end(), root.begin(), root.end());
    }
  }

  std::int64_t dimension() const override { return d_; }
  std::int64_t noise_size() const override { return d_; }

  void draw(std::int64_t k, std::span<const double> z, std::span<double> x) const override {
    for (std::int64_t i = 0; i < d_; ++i) {
      double sum = means_[index(k * d_ + i)];
      for (std::int64_t j = 0; j <= i; ++j) sum = std::fma(roots_[index((k * d_ + i) * d_ + j)], z[index(j)], sum);
      x[index(i)] = sum;
    }
  }

  std::unique_ptr<ComponentBatch> at(NoiseLevel level, std::int64_t begin, std::int64_t end,
                                     std::vector<double> points) const override {
    return std::make_unique<FullBatch>(level, d_, end - begin, means_.data() + begin * d_,
                                       covariances_.data() + begin * d_ * d_, std::move(points));
  }

 private:
  std::int64_t d_;
  std::vector<double> means_, covariances_, roots_;
};

}  // namespace

std::unique_ptr<Components> make_full_components(std::span<const FullComponent> components) {
  return std::make_unique<FullComponents>(components);
}

}  // namespace ito
