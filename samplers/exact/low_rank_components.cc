// Low rank plus diagonal: S = U U^T + diag(d), U [D, r]. By Woodbury, with D_t = alpha^2 d + sigma^2, W = D_t^-1 U,
// M = I + alpha^2 U^T W (r x r) and, for y = x - alpha m,  c = W^T y,  q = M^-1 c:
//
//   S_t^-1 y          = D_t^-1 y - alpha^2 W q
//   y^T S_t^-1 y      = y^T D_t^-1 y - alpha^2 c^T q
//   log det S_t       = sum log D_t + log det M
//   mu(x)             = m + (alpha d / D_t) y + (alpha sigma^2 / D_t) U q        (U^T S_t^-1 y = q)
//
// so that sigma = 0 gives x / alpha without a division of zeros. Products by kernels/gemm; points run in the rows.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <tuple>

#include "kernels/core/context.h"
#include "kernels/core/math.h"
#include "kernels/core/parallel.h"
#include "samplers/exact/components.h"
#include "samplers/exact/decompositions.h"
#include "samplers/exact/products.h"

namespace ito {

namespace {

constexpr std::int64_t kRowsPerThread = 16;

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// What depends on the noise level alone.
struct ComponentAt {
  ComponentAt(const LowRankComponent& component, NoiseLevel level)
      : d(static_cast<std::int64_t>(component.mean.size())),
        rank(static_cast<std::int64_t>(component.factor.size()) / d),
        alpha_squared(level.alpha * level.alpha),
        factor(component.factor),
        mean(component.mean) {
    centre.resize(index(d));
    inverse_diagonal.resize(index(d));
    gain.resize(index(d));
    residual.resize(index(d));
    constexpr double kLogTwoPi = 1.8378770664093454836;
    double log_determinant = static_cast<double>(d) * kLogTwoPi;
    for (std::int64_t i = 0; i < d; ++i) {
      const double variance = alpha_squared * component.diagonal[index(i)] + level.sigma * level.sigma;
      centre[index(i)] = level.alpha * mean[index(i)];
      inverse_diagonal[index(i)] = 1.0 / variance;
      gain[index(i)] = level.alpha * component.diagonal[index(i)] / variance;
      residual[index(i)] = level.alpha * level.sigma * level.sigma / variance;
      log_determinant += math::log(variance);
    }
    std::vector<double> weighted(factor.begin(), factor.end());
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < rank; ++j) weighted[index(i * rank + j)] *= inverse_diagonal[index(i)];
    std::vector<double> m(index(rank * rank), 0.0);
    add_transposed_multiply(factor, weighted, rank, rank, d, m);
    for (double& entry : m) entry *= alpha_squared;
    for (std::int64_t j = 0; j < rank; ++j) m[index(j * rank + j)] += 1.0;
    const std::vector<double> root = cholesky(m, rank);
    for (std::int64_t j = 0; j < rank; ++j) log_determinant += 2.0 * math::log(root[index(j * rank + j)]);
    inverse = inverse_from_cholesky(root, rank);
    offset = -0.5 * log_determinant;
  }

  // q = M^-1 W^T y for rows y [n, d]; W^T y = U^T (D_t^-1 y).
  std::vector<double> project(std::span<const double> y, std::int64_t n, std::vector<double>* c = nullptr) const {
    std::vector<double> weighted(y.begin(), y.end());
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t i = 0; i < d; ++i) weighted[index(p * d + i)] *= inverse_diagonal[index(i)];
    std::vector<double> weighted_projection = multiply(weighted, factor, n, rank, d);
    std::vector<double> q = multiply(weighted_projection, inverse, n, rank, rank);
    if (c != nullptr) *c = std::move(weighted_projection);
    return q;
  }

  std::int64_t d, rank;
  double alpha_squared, offset;
  std::span<const double> factor;  // U
  std::span<const double> mean;
  std::vector<double> centre;            // alpha m
  std::vector<double> inverse_diagonal;  // 1 / D_t
  std::vector<double> gain;              // alpha d / D_t
  std::vector<double> residual;          // alpha sigma^2 / D_t
  std::vector<double> inverse;           // M^-1
};

class LowRankBatch : public ComponentBatch {
 public:
  LowRankBatch(std::vector<std::shared_ptr<const ComponentAt>> components, std::vector<double> points)
      : d_(components[0]->d),
        count_(static_cast<std::int64_t>(components.size())),
        n_(static_cast<std::int64_t>(points.size()) / d_),
        points_(std::move(points)),
        log_densities_(index(n_ * count_)),
        components_(std::move(components)) {
    for (std::int64_t k = 0; k < count_; ++k) {
      const ComponentAt& component = *components_[index(k)];
      const std::vector<double> y = centred(component, points_, n_);
      std::vector<double> c;
      projections_.push_back(component.project(y, n_, &c));
      const std::vector<double>& q = projections_.back();
      parallel_for(default_context(), n_, kRowsPerThread, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t p = begin; p < end; ++p) {
          double inner = 0;
          for (std::int64_t j = 0; j < component.rank; ++j)
            inner = std::fma(c[index(p * component.rank + j)], q[index(p * component.rank + j)], inner);
          const double square = weighted_square(y.data() + p * d_, component.inverse_diagonal.data());
          log_densities_[index(p * count_ + k)] =
              component.offset - 0.5 * std::fma(-component.alpha_squared, inner, square);
        }
      });
    }
  }

  const std::vector<double>& log_densities() const override { return log_densities_; }

  std::vector<double> posterior_means(std::span<const double> r) const override {
    std::vector<double> result(points_.size(), 0.0);
    for (std::int64_t k = 0; k < count_; ++k) {
      const std::vector<std::int64_t> rows = responsible(r, k);
      if (rows.empty()) continue;
      const std::vector<double> mu = means(k, take_rows(points_, d_, rows), rows);
      parallel_for(default_context(), static_cast<std::int64_t>(rows.size()), kRowsPerThread,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t p = begin; p < end; ++p) {
                       const double weight = r[index(rows[index(p)] * count_ + k)];
                       double* out = result.data() + rows[index(p)] * d_;
                       for (std::int64_t i = 0; i < d_; ++i) out[i] = std::fma(weight, mu[index(p * d_ + i)], out[i]);
                     }
                   });
    }
    return result;
  }

  std::vector<double> jacobian_product(std::span<const double> r, std::span<const double> mean,
                                       std::span<const double> v) const override {
    std::vector<double> result(points_.size(), 0.0);
    for (std::int64_t k = 0; k < count_; ++k) {
      const std::vector<std::int64_t> rows = responsible(r, k);
      if (rows.empty()) continue;
      const ComponentAt& component = *components_[index(k)];
      const std::int64_t n = static_cast<std::int64_t>(rows.size()), rank = component.rank;
      const std::vector<double> x = take_rows(points_, d_, rows), direction = take_rows(v, d_, rows);
      const std::vector<double> mu = means(k, x, rows), y = centred(component, x, n);
      const std::vector<double> spread =
          multiply_transposed(component.project(direction, n), component.factor, n, d_, rank);
      const std::vector<double> pull =
          multiply_transposed(take_rows(projections_[index(k)], rank, rows), component.factor, n, d_, rank);
      parallel_for(default_context(), n, kRowsPerThread, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t p = begin; p < end; ++p) {
          const double weight = r[index(rows[index(p)] * count_ + k)];
          const double* centre = mean.data() + rows[index(p)] * d_;
          double along = 0;
          for (std::int64_t i = 0; i < d_; ++i)
            along = std::fma(direction[index(p * d_ + i)], mu[index(p * d_ + i)] - centre[i], along);
          double* out = result.data() + rows[index(p)] * d_;
          for (std::int64_t i = 0; i < d_; ++i) {
            const std::size_t e = index(p * d_ + i);
            const double linear =
                std::fma(component.residual[index(i)], spread[e], component.gain[index(i)] * direction[e]);
            const double score =
                component.inverse_diagonal[index(i)] * std::fma(component.alpha_squared, pull[e], -y[e]);
            out[i] = std::fma(weight, std::fma(along, score, linear), out[i]);
          }
        }
      });
    }
    return result;
  }

 private:
  static std::vector<double> centred(const ComponentAt& component, std::span<const double> x, std::int64_t n) {
    std::vector<double> y(x.begin(), x.end());
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t i = 0; i < component.d; ++i) y[index(p * component.d + i)] -= component.centre[index(i)];
    return y;
  }

  // sum_i w_i y_i^2: lane i % 8 takes element i, lanes are added ascending.
  double weighted_square(const double* y, const double* w) const {
    double lanes[8] = {};
    for (std::int64_t i = 0; i < d_; ++i) lanes[i % 8] = std::fma(y[i] * w[i], y[i], lanes[i % 8]);
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    return sum;
  }

  // Points whose responsibility of component k is not exactly zero: the others add nothing.
  std::vector<std::int64_t> responsible(std::span<const double> r, std::int64_t k) const {
    std::vector<std::int64_t> rows;
    for (std::int64_t p = 0; p < n_; ++p)
      if (r[index(p * count_ + k)] != 0) rows.push_back(p);
    return rows;
  }

  // mu_k at x, the points numbered `rows`.
  std::vector<double> means(std::int64_t k, std::span<const double> x, std::span<const std::int64_t> rows) const {
    const ComponentAt& component = *components_[index(k)];
    const std::int64_t n = static_cast<std::int64_t>(rows.size());
    std::vector<double> mu = multiply_transposed(take_rows(projections_[index(k)], component.rank, rows),
                                                 component.factor, n, d_, component.rank);
    parallel_for(default_context(), n, kRowsPerThread, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p)
        for (std::int64_t i = 0; i < d_; ++i) {
          const double y = x[index(p * d_ + i)] - component.centre[index(i)];
          double& value = mu[index(p * d_ + i)];
          value = std::fma(component.gain[index(i)], y,
                           std::fma(component.residual[index(i)], value, component.mean[index(i)]));
        }
    });
    return mu;
  }

  std::int64_t d_, count_, n_;
  std::vector<double> points_;
  std::vector<double> log_densities_;
  std::vector<std::shared_ptr<const ComponentAt>> components_;
  std::vector<std::vector<double>> projections_;  // q of every component, [n, rank]
};

// Components at the noise levels that were used last: the evaluations of one step, and cells of one grid, share them.
// There are two generations. What is asked for moves to the young one; when that is full it takes the old one's place,
// and what nobody asked for since is dropped with that: at most kBytes are kept, and no search says what to drop.
class KeptLevels {
 public:
  explicit KeptLevels(const std::vector<LowRankComponent>& components) : components_(components) {}

  // Components [begin, end) at `level`; those that are missing are made, each by one thread.
  std::vector<std::shared_ptr<const ComponentAt>> at(NoiseLevel level, std::int64_t begin, std::int64_t end) {
    const auto key = [level](std::int64_t k) { return Key{level.alpha, level.sigma, k}; };
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const ComponentAt>> wanted(index(end - begin));
    std::vector<std::int64_t> missing;
    for (std::int64_t k = begin; k < end; ++k) {
      if (const auto old = old_.find(key(k)); old != old_.end()) young_.insert(old_.extract(old));
      if (const auto kept = young_.find(key(k)); kept != young_.end())
        wanted[index(k - begin)] = kept->second;
      else
        missing.push_back(k);
    }
    parallel_items(default_context(), static_cast<std::int64_t>(missing.size()), [&](int, std::int64_t item) {
      const std::int64_t k = missing[index(item)];
      wanted[index(k - begin)] = std::make_shared<const ComponentAt>(components_[index(k)], level);
    });
    for (const std::int64_t k : missing) young_.emplace(key(k), wanted[index(k - begin)]);
    if (young_.size() > most_in_a_generation(*wanted.front())) {
      old_ = std::move(young_);
      young_.clear();
    }
    return wanted;
  }

 private:
  using Key = std::tuple<double, double, std::int64_t>;  // alpha, sigma, component

  static std::size_t most_in_a_generation(const ComponentAt& component) {
    constexpr std::size_t kBytes = std::size_t{1} << 27;
    return kBytes / 2 / (sizeof(double) * index(component.rank * component.rank + 4 * component.d));
  }

  const std::vector<LowRankComponent>& components_;
  std::mutex mutex_;
  std::map<Key, std::shared_ptr<const ComponentAt>> young_, old_;
};

class LowRankComponents : public Components {
 public:
  explicit LowRankComponents(std::span<const LowRankComponent> components)
      : components_(components.begin(), components.end()) {
    require(!components.empty(), "a mixture needs at least one component");
    d_ = static_cast<std::int64_t>(components_[0].mean.size());
    require(d_ >= 1, "a mixture's component has an empty mean");
    for (std::size_t k = 0; k < components_.size(); ++k) {
      const LowRankComponent& c = components_[k];
      const std::int64_t rank = static_cast<std::int64_t>(c.factor.size()) / d_;
      if (static_cast<std::int64_t>(c.mean.size()) != d_ || static_cast<std::int64_t>(c.diagonal.size()) != d_ ||
          static_cast<std::int64_t>(c.factor.size()) != rank * d_)
        throw InputError(
            fmt::format("mixture component {}: expected a mean and a diagonal of {} numbers and a factor of "
                        "{} rows",
                        k, d_, d_));
      for (const std::vector<double>* numbers : {&c.mean, &c.factor})
        for (const double x : *numbers)
          if (!std::isfinite(x))
            throw InputError(
                fmt::format("mixture component {}: the {} holds {}", k, numbers == &c.mean ? "mean" : "factor", x));
      for (const double variance : c.diagonal)
        if (!(variance > 0) || !std::isfinite(variance))
          throw InputError(fmt::format("mixture component {}: the diagonal must be positive, got {}", k, variance));
      largest_rank_ = std::max(largest_rank_, rank);
    }
  }

  std::int64_t dimension() const override { return d_; }
  std::int64_t noise_size() const override { return d_ + largest_rank_; }

  // x = m + sqrt(d) z_0..D-1 + U z_D..
  void draw(std::int64_t k, std::span<const double> z, std::span<double> x) const override {
    const LowRankComponent& c = components_[index(k)];
    const std::int64_t rank = static_cast<std::int64_t>(c.factor.size()) / d_;
    for (std::int64_t i = 0; i < d_; ++i) {
      double sum = std::fma(std::sqrt(c.diagonal[index(i)]), z[index(i)], c.mean[index(i)]);
      for (std::int64_t j = 0; j < rank; ++j) sum = std::fma(c.factor[index(i * rank + j)], z[index(d_ + j)], sum);
      x[index(i)] = sum;
    }
  }

  std::unique_ptr<ComponentBatch> at(NoiseLevel level, std::int64_t begin, std::int64_t end,
                                     std::vector<double> points) const override {
    return std::make_unique<LowRankBatch>(levels_.at(level, begin, end), std::move(points));
  }

 private:
  std::vector<LowRankComponent> components_;
  mutable KeptLevels levels_{components_};
  std::int64_t d_ = 0, largest_rank_ = 0;
};

}  // namespace

std::unique_ptr<Components> make_low_rank_components(std::span<const LowRankComponent> components) {
  return std::make_unique<LowRankComponents>(components);
}

}  // namespace ito
