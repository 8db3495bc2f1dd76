#include "samplers/exact/mixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/core/math.h"
#include "kernels/softmax/softmax.h"

namespace ito {

namespace {

// Points are taken this many at a time, which bounds memory and changes no bit.
constexpr std::int64_t kBlockRows = 1024;

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

template <class Component>
void GaussianMixture::prepare(std::vector<Component>& components, int classes) {
  classes_ = classes;
  require(classes >= 0, "GaussianMixture: the number of classes is negative");
  for (std::size_t k = 0; k < components.size(); ++k) {
    if (!(components[k].weight > 0) || !std::isfinite(components[k].weight))
      throw InputError(
          fmt::format("mixture component {}: the weight must be positive, got {}", k, components[k].weight));
    if (classes > 0 && (components[k].label < 0 || components[k].label >= classes))
      throw InputError(
          fmt::format("mixture component {}: label {}: expected 0 to {}", k, components[k].label, classes - 1));
  }
  if (classes > 0)
    std::stable_sort(components.begin(), components.end(),
                     [](const Component& a, const Component& b) { return a.label < b.label; });
  double total = 0;
  for (const Component& component : components) total += component.weight;
  std::vector<std::int64_t> class_begin(index(classes + 1));
  for (const Component& component : components) {
    weights_.push_back(component.weight / total);
    labels_.push_back(component.label);
    if (classes > 0) ++class_begin[index(component.label + 1)];
  }
  std::partial_sum(class_begin.begin(), class_begin.end(), class_begin.begin());
  for (int c = 0; c < classes; ++c)
    if (class_begin[index(c)] == class_begin[index(c + 1)])
      throw InputError(fmt::format("GaussianMixture: class {} has no component", c));
  cumulative_.resize(weights_.size());
  std::partial_sum(weights_.begin(), weights_.end(), cumulative_.begin());
  const auto range_of = [&](std::int64_t begin, std::int64_t end) {
    Range range{begin, end, 0, begin == 0 ? 0 : cumulative_[index(begin - 1)]};
    for (std::int64_t k = begin; k < end; ++k) range.weight += weights_[index(k)];
    return range;
  };
  ranges_ = {range_of(0, count())};
  for (int c = 0; c < classes; ++c) ranges_.push_back(range_of(class_begin[index(c)], class_begin[index(c + 1)]));
}

GaussianMixture::GaussianMixture(std::vector<FullComponent> components, int classes) {
  prepare(components, classes);
  components_ = make_full_components(components);
}

GaussianMixture::GaussianMixture(std::vector<LowRankComponent> components, int classes) {
  prepare(components, classes);
  components_ = make_low_rank_components(components);
}

GaussianMixture::~GaussianMixture() = default;
GaussianMixture::GaussianMixture(GaussianMixture&&) noexcept = default;
GaussianMixture& GaussianMixture::operator=(GaussianMixture&&) noexcept = default;

std::int64_t GaussianMixture::dimension() const { return components_->dimension(); }

GaussianMixture::Range GaussianMixture::range(std::int32_t label) const { return ranges_[index(label + 1)]; }

double GaussianMixture::class_weight(int label) const {
  require(label >= 0 && label < classes_, "GaussianMixture: there is no such class");
  return range(label).weight;
}

template <class F>
void GaussianMixture::for_each_block(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition,
                                     const F& f) const {
  check_dimension(x, dimension(), "GaussianMixture");
  const std::vector<double> rows = sample_rows(x);
  const std::vector<std::int32_t> labels = sample_labels(condition, x.dim(0), classes_, "GaussianMixture");
  for_each_group(levels, labels, [&](NoiseLevel level, std::int32_t label, std::span<const std::int64_t> group) {
    const Range part = range(label);
    const std::int64_t count = part.end - part.begin;
    std::vector<double> log_weights;
    for (std::int64_t k = part.begin; k < part.end; ++k)
      log_weights.push_back(math::log(weights_[index(k)] / part.weight));
    for (std::size_t start = 0; start < group.size(); start += index(kBlockRows)) {
      const std::span<const std::int64_t> samples =
          group.subspan(start, std::min(index(kBlockRows), group.size() - start));
      const std::unique_ptr<ComponentBatch> batch =
          components_->at(level, part.begin, part.end, take_rows(rows, dimension(), samples));
      std::vector<double> logits = batch->log_densities();
      const std::int64_t n = static_cast<std::int64_t>(samples.size());
      for (std::int64_t p = 0; p < n; ++p)
        for (std::int64_t k = 0; k < count; ++k) logits[index(p * count + k)] += log_weights[index(k)];
      std::vector<double> r(logits.size());
      kernels::softmax(default_context(), n, count, logits.data(), r.data());
      f(samples, *batch, r, logits);
    }
  });
}

Tensor GaussianMixture::denoise(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition) const {
  std::vector<double> result(index(x.size()));
  for_each_block(x, levels, condition,
                 [&](std::span<const std::int64_t> samples, const ComponentBatch& batch, std::span<const double> r,
                     std::span<const double>) { put_rows(batch.posterior_means(r), dimension(), samples, result); });
  return samples_like(x, result);
}

Tensor GaussianMixture::denoise_vjp(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition,
                                    const Tensor& v) const {
  require(v.size() == x.size(), "GaussianMixture: v has another shape than x");
  const std::vector<double> directions = sample_rows(v);
  std::vector<double> result(index(x.size()));
  for_each_block(x, levels, condition,
                 [&](std::span<const std::int64_t> samples, const ComponentBatch& batch, std::span<const double> r,
                     std::span<const double>) {
                   put_rows(
                       batch.jacobian_product(r, batch.posterior_means(r), take_rows(directions, dimension(), samples)),
                       dimension(), samples, result);
                 });
  return samples_like(x, result);
}

std::vector<double> GaussianMixture::log_density(const Tensor& x, std::span<const NoiseLevel> levels,
                                                 const Tensor& condition) const {
  std::vector<double> result(x.rank() > 0 ? index(x.dim(0)) : 0);
  for_each_block(x, levels, condition,
                 [&](std::span<const std::int64_t> samples, const ComponentBatch&, std::span<const double>,
                     std::span<const double> logits) {
                   const std::int64_t n = static_cast<std::int64_t>(samples.size());
                   std::vector<double> sums(samples.size());
                   kernels::log_sum_exp(default_context(), n, static_cast<std::int64_t>(logits.size()) / n,
                                        logits.data(), sums.data());
                   put_rows(sums, 1, samples, result);
                 });
  return result;
}

std::vector<double> GaussianMixture::class_posterior(const Tensor& x, std::span<const NoiseLevel> levels) const {
  require(classes_ > 0, "GaussianMixture: there are no classes to ask for");
  std::vector<double> result(index(x.dim(0) * classes_), 0.0);
  for_each_block(x, levels, {},
                 [&](std::span<const std::int64_t> samples, const ComponentBatch&, std::span<const double> r,
                     std::span<const double>) {
                   for (std::size_t p = 0; p < samples.size(); ++p)
                     for (std::size_t k = 0; k < labels_.size(); ++k)
                       result[index(samples[p] * classes_ + labels_[k])] += r[p * labels_.size() + k];
                 });
  return result;
}

Denoiser mixture_denoiser(std::shared_ptr<const GaussianMixture> mixture, PathPtr path) {
  Denoiser denoiser;
  denoiser.name = "mixture";
  denoiser.prediction = Prediction::sample;
  denoiser.path = path;
  denoiser.classes = mixture->classes();
  denoiser.mixture = mixture;
  denoiser.evaluate = [mixture, path](const Query& query) {
    return Answer{mixture->denoise(query.x, noise_levels(*path, query.times), query.condition), {}};
  };
  denoiser.vjp = [mixture, path](const Query& query, const Tensor& v) {
    return mixture->denoise_vjp(query.x, noise_levels(*path, query.times), query.condition, v);
  };
  return denoiser;
}

}  // namespace ito
