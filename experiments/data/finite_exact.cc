#include "experiments/data/finite_exact.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "experiments/data/class_moments.h"
#include "experiments/data/fit_cache.h"
#include "kernels/core/parallel.h"
#include "samplers/exact/decompositions.h"
#include "samplers/exact/finite.h"
#include "samplers/exact/gaussian.h"
#include "samplers/exact/mixture.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;            // raised when a fit's bits change
constexpr std::int64_t kMostFull = 16;  // coordinates up to which a class keeps its full covariance
constexpr std::int64_t kRank = 128;     // directions a class keeps above that; the rest stays on the diagonal
constexpr double kFloor = 1e-4;         // least variance of a coordinate, in units of the mean variance

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

Tensor doubles(const std::vector<double>& values, const Shape& shape) { return Tensor::from(values, shape); }
std::vector<double> vector_of(const Tensor& x) {
  const std::span<const double> values = x.span<double>();
  return {values.begin(), values.end()};
}

// S = U U^T + diag(d): the kRank directions of largest variance, and on the diagonal what they leave of each
// coordinate.
LowRankComponent low_rank(const Moments& moments, double floor) {
  const auto d = static_cast<std::int64_t>(moments.mean.size());
  const std::int64_t rank = std::min(kRank, d);
  const SymmetricEigen eigen = symmetric_eigen(moments.covariance, d);
  LowRankComponent component;
  component.mean = moments.mean;
  component.factor.resize(index(d * rank));
  component.diagonal.resize(index(d));
  for (std::int64_t i = 0; i < d; ++i) {
    double left = moments.covariance[index(i * d + i)];
    for (std::int64_t j = 0; j < rank; ++j) {
      const double u = eigen.vectors[index(i * d + j)] * std::sqrt(std::max(eigen.values[index(j)], 0.0));
      component.factor[index(i * rank + j)] = u;
      left -= u * u;
    }
    component.diagonal[index(i)] = std::max(left, floor);
  }
  return component;
}

// The formulas of one set of examples, each made once.
class Formulas {
 public:
  Formulas(Examples examples, int classes, std::string hash)
      : examples_(std::move(examples)), classes_(classes), hash_(std::move(hash)) {}

  std::shared_ptr<const Gaussian> gaussian() {
    const std::lock_guard lock(mutex_);
    if (!gaussian_) {
      const Fit fit = cached_fit(fmt::format("gaussian {} {}", kNumerics, hash_), [&] {
        const Moments all = pooled(moments());
        const std::int64_t d = dimension();
        return Fit{{"covariance", doubles(all.covariance, {d, d})}, {"mean", doubles(all.mean, {d})}};
      });
      gaussian_ = std::make_shared<Gaussian>(vector_of(fit.at("mean")), fit.at("covariance").span<double>());
    }
    return gaussian_;
  }

  std::shared_ptr<const GaussianMixture> mixture() {
    const std::lock_guard lock(mutex_);
    if (!mixture_)
      mixture_ = dimension() <= kMostFull ? std::make_shared<GaussianMixture>(full_components(), classes_)
                                          : std::make_shared<GaussianMixture>(low_rank_components(), classes_);
    return mixture_;
  }

  std::shared_ptr<const FiniteSet> finite(std::int64_t count) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const FiniteSet>& set = finite_[count];
    if (!set) set = std::make_shared<FiniteSet>(examples_.x, examples_.labels, classes_, count);
    return set;
  }

 private:
  std::int64_t dimension() const { return examples_.x.size() / examples_.x.dim(0); }

  const std::vector<Moments>& moments() {
    if (moments_.empty()) moments_ = class_moments(examples_, classes_);
    return moments_;
  }
  double floor() { return std::max(kFloor * mean_variance(pooled(moments())), 1e-12); }

  std::vector<FullComponent> full_components() {
    std::vector<FullComponent> components;
    for (const Moments& c : moments()) {
      FullComponent component{static_cast<double>(c.count), static_cast<std::int32_t>(components.size()), c.mean,
                              c.covariance};
      for (std::size_t i = 0; i < c.mean.size(); ++i) component.covariance[i * c.mean.size() + i] += floor();
      components.push_back(std::move(component));
    }
    return components;
  }

  std::vector<LowRankComponent> low_rank_components() {
    const std::int64_t d = dimension(), rank = std::min(kRank, d);
    const Fit fit = cached_fit(fmt::format("mixture {} {} rank {}", kNumerics, hash_, rank), [&] {
      Fit made;
      std::vector<double> weights;
      std::vector<LowRankComponent> components(moments().size());
      const double least = floor();
      parallel_items(default_context(), static_cast<std::int64_t>(components.size()),
                     [&](int, std::int64_t c) { components[index(c)] = low_rank(moments_[index(c)], least); });
      for (std::size_t c = 0; c < components.size(); ++c) {
        made[fmt::format("{}.mean", c)] = doubles(components[c].mean, {d});
        made[fmt::format("{}.factor", c)] = doubles(components[c].factor, {d, rank});
        made[fmt::format("{}.diagonal", c)] = doubles(components[c].diagonal, {d});
        weights.push_back(static_cast<double>(moments_[c].count));
      }
      made["weights"] = doubles(weights, {static_cast<std::int64_t>(weights.size())});
      return made;
    });
    std::vector<LowRankComponent> components;
    const std::vector<double> weights = vector_of(fit.at("weights"));
    for (std::size_t c = 0; c < weights.size(); ++c)
      components.push_back({weights[c], static_cast<std::int32_t>(c), vector_of(fit.at(fmt::format("{}.mean", c))),
                            vector_of(fit.at(fmt::format("{}.factor", c))),
                            vector_of(fit.at(fmt::format("{}.diagonal", c)))});
    return components;
  }

  Examples examples_;
  int classes_;
  std::string hash_;
  std::mutex mutex_;
  std::vector<Moments> moments_;
  std::shared_ptr<const Gaussian> gaussian_;
  std::shared_ptr<const GaussianMixture> mixture_;
  std::map<std::int64_t, std::shared_ptr<const FiniteSet>> finite_;
};

bool every_class_occurs(const Examples& examples, int classes) {
  std::vector<bool> seen(static_cast<std::size_t>(classes));
  for (const std::int32_t label : examples.labels.span<std::int32_t>()) seen[static_cast<std::size_t>(label)] = true;
  return std::all_of(seen.begin(), seen.end(), [](bool s) { return s; });
}

}  // namespace

FiniteExact finite_exact_models(const Examples& examples, int classes, const std::string& hash) {
  const auto formulas = std::make_shared<Formulas>(examples, classes, hash);
  std::vector<ExactModel> models;
  const bool labelled = classes > 0 && every_class_occurs(examples, classes);
  if (labelled)
    models.push_back({"mixture", "a Gaussian a class, fitted to the training examples",
                      [=](const ExactRequest& r) { return mixture_denoiser(formulas->mixture(), r.path); }});
  models.push_back({"gaussian", "one Gaussian with the full covariance of the training examples",
                    [=](const ExactRequest& r) { return gaussian_denoiser(formulas->gaussian(), r.path); }});
  if (classes == 0 || labelled)
    models.push_back({"finite", "the training examples themselves: what a network that memorised them would say",
                      [=](const ExactRequest& r) { return finite_denoiser(formulas->finite(r.examples), r.path); }});
  return {std::move(models), [formulas] { return formulas->gaussian(); }};
}

}  // namespace ito::experiments
