#include "samplers/exact/finite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "autograd/arithmetic.h"
#include "kernels/core/context.h"
#include "kernels/core/math.h"
#include "kernels/core/parallel.h"
#include "samplers/exact/distances.h"
#include "samplers/exact/products.h"

namespace ito {

namespace {

constexpr std::int64_t kTile = 2048;        // examples converted to double at a time
constexpr std::int64_t kBlockSamples = 96;  // samples whose distances to all examples are held at a time
constexpr double kMargin = 60;              // nats below the nearest at which an example counts for nothing

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

double dot(const double* a, const double* b, std::int64_t n) {
  double lanes[8] = {};
  for (std::int64_t i = 0; i < n; ++i) lanes[i % 8] = std::fma(a[i], b[i], lanes[i % 8]);
  double sum = 0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

// Per sample of a block: the examples that count, ascending, with their logits -|x - alpha y|^2 / (2 sigma^2).
struct FiniteSet::Survivors {
  std::vector<std::vector<std::int64_t>> examples;
  std::vector<std::vector<double>> logits;
};

FiniteSet::FiniteSet(const Tensor& examples, const Tensor& labels, int classes, std::int64_t limit)
    : classes_(labels.defined() ? classes : 0) {
  require(examples.defined() && examples.rank() >= 1 && examples.dim(0) > 0, "FiniteSet: there are no examples");
  require(limit >= 0, "FiniteSet: the limit is negative");
  require(all_finite(examples), "FiniteSet: an example is not finite");
  const std::int64_t n = limit > 0 ? std::min(limit, examples.dim(0)) : examples.dim(0);
  dimension_ = examples.size() / examples.dim(0);
  std::vector<std::int32_t> label(index(n), 0);
  if (labels.defined()) {
    require(labels.size() == examples.dim(0), "FiniteSet: expected one label for each example");
    for (std::int64_t i = 0; i < n; ++i) label[index(i)] = labels.span<std::int32_t>()[index(i)];
  }
  class_begin_.assign(index(classes_ + 1), 0);
  for (std::int64_t i = 0; i < n && classes_ > 0; ++i) {
    if (label[index(i)] < 0 || label[index(i)] >= classes_)
      throw InputError(
          fmt::format("FiniteSet: example {} has label {}: expected 0 to {}", i, label[index(i)], classes_ - 1));
    ++class_begin_[index(label[index(i)] + 1)];
  }
  for (int c = 0; c < classes_; ++c)
    if (class_begin_[index(c + 1)] == 0)
      throw InputError(fmt::format("FiniteSet: class {} has no example among the first {}", c, n));
  std::partial_sum(class_begin_.begin(), class_begin_.end(), class_begin_.begin());
  order_.resize(index(n));
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::int64_t a, std::int64_t b) { return label[index(a)] < label[index(b)]; });
  examples_ = Tensor::empty({n, dimension_}, examples.dtype());
  with_float_type(examples.dtype(), [&]<class T>() {
    const std::span<const T> from = examples.span<T>();
    const std::span<T> to = examples_.mutable_span<T>();
    for (std::int64_t i = 0; i < n; ++i)
      std::copy_n(from.data() + order_[index(i)] * dimension_, dimension_, to.data() + i * dimension_);
  });
  mean_.assign(index(dimension_), 0.0);
  std::vector<double> rows(index(kTile * dimension_)), sum(index(dimension_), 0.0);
  for (std::int64_t begin = 0; begin < n; begin += kTile) {
    const std::int64_t end = std::min(n, begin + kTile);
    tile(begin, end, rows);
    for (std::int64_t i = 0; i < end - begin; ++i)
      for (std::int64_t j = 0; j < dimension_; ++j) sum[index(j)] += rows[index(i * dimension_ + j)];
  }
  for (std::int64_t j = 0; j < dimension_; ++j) mean_[index(j)] = sum[index(j)] / static_cast<double>(n);
  for (std::int64_t begin = 0; begin < n; begin += kTile) {
    const std::int64_t end = std::min(n, begin + kTile);
    tile(begin, end, rows);
    for (std::int64_t i = 0; i < end - begin; ++i) {
      const double* row = rows.data() + i * dimension_;
      squared_norms_.push_back(dot(row, row, dimension_));
    }
  }
  largest_norm_ = std::sqrt(*std::max_element(squared_norms_.begin(), squared_norms_.end()));
}

FiniteSet::Range FiniteSet::range(std::int32_t label) const {
  if (label == kUnconditional) return {0, count()};
  return {class_begin_[index(label)], class_begin_[index(label + 1)]};
}

// Examples [begin, end) less the mean, in double.
void FiniteSet::tile(std::int64_t begin, std::int64_t end, std::span<double> rows) const {
  with_float_type(examples_.dtype(), [&]<class T>() {
    const T* from = examples_.span<T>().data() + begin * dimension_;
    parallel_for(default_context(), end - begin, 64, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        for (std::int64_t j = 0; j < dimension_; ++j)
          rows[index(i * dimension_ + j)] = static_cast<double>(from[i * dimension_ + j]) - mean_[index(j)];
    });
  });
}

// |x - alpha y_i|^2 by differences.
double FiniteSet::distance_squared(const double* x, double alpha, std::int64_t i) const {
  return with_float_type(examples_.dtype(), [&]<class T>() {
    return squared_distance(x, examples_.span<T>().data() + i * dimension_, dimension_, alpha);
  });
}

FiniteSet::Survivors FiniteSet::survivors(NoiseLevel level, std::int64_t begin, std::int64_t end,
                                          std::span<const double> x) const {
  const std::int64_t n = static_cast<std::int64_t>(x.size()) / dimension_, count = end - begin;
  std::vector<double> centred(x.begin(), x.end());
  for (std::int64_t p = 0; p < n; ++p)
    for (std::int64_t j = 0; j < dimension_; ++j)
      centred[index(p * dimension_ + j)] = std::fma(-level.alpha, mean_[index(j)], centred[index(p * dimension_ + j)]);
  // halves[p, i] = alpha x.y - alpha^2 |y|^2 / 2: half the squared distance is |x|^2 / 2 less this.
  std::vector<double> halves(index(n * count)), rows(index(kTile * dimension_));
  for (std::int64_t first = begin; first < end; first += kTile) {
    const std::int64_t last = std::min(end, first + kTile), width = last - first;
    tile(first, last, rows);
    const std::vector<double> products = multiply_transposed(centred, rows, n, width, dimension_);
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t i = 0; i < width; ++i)
        halves[index(p * count + first - begin + i)] =
            level.alpha * (products[index(p * width + i)] - 0.5 * level.alpha * squared_norms_[index(first + i)]);
  }
  Survivors kept{std::vector<std::vector<std::int64_t>>(index(n)), std::vector<std::vector<double>>(index(n))};
  const double variance = level.sigma * level.sigma;
  parallel_for(default_context(), n, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t p = from; p < to; ++p) {
      const double* half = halves.data() + p * count;
      const double top = *std::max_element(half, half + count);
      const double* row = centred.data() + p * dimension_;
      const double square = dot(row, row, dimension_);
      // Rounding of a dot product of D terms, of its two companions, and of both ends of a comparison.
      const double rounding = 4 * static_cast<double>(dimension_ + 8) * std::numeric_limits<double>::epsilon() *
                              level.alpha * largest_norm_ * (std::sqrt(square) + level.alpha * largest_norm_);
      const double least = top - kMargin * variance - rounding;
      std::vector<std::int64_t>& examples = kept.examples[index(p)];
      std::vector<double>& logits = kept.logits[index(p)];
      for (std::int64_t i = 0; i < count; ++i)
        if (half[i] >= least) examples.push_back(begin + i);
      const bool refine = static_cast<std::int64_t>(examples.size()) <= kRefined;
      for (const std::int64_t i : examples)
        logits.push_back((refine ? -0.5 * distance_squared(x.data() + p * dimension_, level.alpha, i)
                                 : half[i - begin] - 0.5 * square) /
                         variance);
    }
  });
  return kept;
}

Tensor FiniteSet::denoise(const Tensor& x, std::span<const NoiseLevel> levels, const Tensor& condition) const {
  check_dimension(x, dimension_, "FiniteSet");
  std::vector<double> result = sample_rows(x);
  const std::vector<double> given = result;
  const std::vector<std::int32_t> labels = sample_labels(condition, x.dim(0), classes_, "FiniteSet");
  for_each_group(levels, labels, [&](NoiseLevel level, std::int32_t label, std::span<const std::int64_t> group) {
    if (level.sigma == 0) {
      for (const std::int64_t s : group)
        for (std::int64_t j = 0; j < dimension_; ++j) result[index(s * dimension_ + j)] /= level.alpha;
      return;
    }
    const auto [begin, end] = range(label);
    for (std::size_t start = 0; start < group.size(); start += index(kBlockSamples)) {
      const auto samples = group.subspan(start, std::min(index(kBlockSamples), group.size() - start));
      const std::int64_t n = static_cast<std::int64_t>(samples.size());
      Survivors kept = survivors(level, begin, end, take_rows(given, dimension_, samples));
      std::vector<std::int64_t> dense;  // samples of the block with many survivors
      for (std::int64_t p = 0; p < n; ++p)
        if (static_cast<std::int64_t>(kept.examples[index(p)].size()) > kRefined) dense.push_back(p);
      parallel_for(default_context(), n, 1, [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t p = from; p < to; ++p) {
          std::vector<double>& weights = kept.logits[index(p)];
          double* out = result.data() + samples[index(p)] * dimension_;
          if (weights.empty()) {  // x is not finite: it is near nothing
            std::fill_n(out, dimension_, std::numeric_limits<double>::quiet_NaN());
            continue;
          }
          const double top = *std::max_element(weights.begin(), weights.end());
          double sum = 0;
          for (double& weight : weights) sum += weight = math::exp(weight - top);
          for (double& weight : weights) weight /= sum;
          const std::vector<std::int64_t>& examples = kept.examples[index(p)];
          if (static_cast<std::int64_t>(examples.size()) > kRefined) continue;
          std::fill_n(out, dimension_, 0.0);
          with_float_type(examples_.dtype(), [&]<class T>() {
            for (std::size_t e = 0; e < examples.size(); ++e) {
              const T* y = examples_.span<T>().data() + examples[e] * dimension_;
              for (std::int64_t j = 0; j < dimension_; ++j)
                out[j] = std::fma(weights[e], static_cast<double>(y[j]), out[j]);
            }
          });
        }
      });
      if (dense.empty()) continue;
      const std::int64_t m = static_cast<std::int64_t>(dense.size());
      std::vector<double> sums(index(m * dimension_), 0.0), rows(index(kTile * dimension_));
      std::vector<std::size_t> next(dense.size(), 0);
      for (std::int64_t first = begin; first < end; first += kTile) {
        const std::int64_t last = std::min(end, first + kTile), width = last - first;
        std::vector<double> weights(index(width * m), 0.0);  // [width, m]
        bool any = false;
        for (std::int64_t q = 0; q < m; ++q) {
          const std::vector<std::int64_t>& examples = kept.examples[index(dense[index(q)])];
          for (std::size_t& e = next[index(q)]; e < examples.size() && examples[e] < last; ++e, any = true)
            weights[index((examples[e] - first) * m + q)] = kept.logits[index(dense[index(q)])][e];
        }
        if (!any) continue;
        tile(first, last, rows);
        add_transposed_multiply(weights, std::span(rows).first(index(width * dimension_)), m, dimension_, width, sums);
      }
      for (std::int64_t q = 0; q < m; ++q)
        for (std::int64_t j = 0; j < dimension_; ++j)
          result[index(samples[index(dense[index(q)])] * dimension_ + j)] =
              sums[index(q * dimension_ + j)] + mean_[index(j)];
    }
  });
  return samples_like(x, result);
}

std::vector<double> FiniteSet::log_density(const Tensor& x, std::span<const NoiseLevel> levels,
                                           const Tensor& condition) const {
  check_dimension(x, dimension_, "FiniteSet");
  constexpr double kLogTwoPi = 1.8378770664093454836;
  const std::vector<double> given = sample_rows(x);
  std::vector<double> result(index(x.dim(0)));
  const std::vector<std::int32_t> labels = sample_labels(condition, x.dim(0), classes_, "FiniteSet");
  for_each_group(levels, labels, [&](NoiseLevel level, std::int32_t label, std::span<const std::int64_t> group) {
    require(level.sigma > 0, "FiniteSet: there is no density at sigma = 0");
    const auto [begin, end] = range(label);
    for (std::size_t start = 0; start < group.size(); start += index(kBlockSamples)) {
      const auto samples = group.subspan(start, std::min(index(kBlockSamples), group.size() - start));
      const Survivors kept = survivors(level, begin, end, take_rows(given, dimension_, samples));
      for (std::size_t p = 0; p < samples.size(); ++p) {
        if (kept.logits[p].empty()) {  // x is not finite
          result[index(samples[p])] = std::numeric_limits<double>::quiet_NaN();
          continue;
        }
        const double top = *std::max_element(kept.logits[p].begin(), kept.logits[p].end());
        double sum = 0;
        for (const double logit : kept.logits[p]) sum += math::exp(logit - top);
        result[index(samples[p])] = top + math::log(sum) - math::log(static_cast<double>(end - begin)) -
                                    static_cast<double>(dimension_) * (0.5 * kLogTwoPi + math::log(level.sigma));
      }
    }
  });
  return result;
}

std::vector<FiniteSet::Neighbour> FiniteSet::nearest(const Tensor& x, std::span<const std::int64_t> exclude) const {
  check_dimension(x, dimension_, "FiniteSet");
  require(exclude.empty() || static_cast<std::int64_t>(exclude.size()) == x.dim(0),
          "FiniteSet: expected one example to leave out for each sample");
  const std::vector<double> given = sample_rows(x);
  std::vector<Neighbour> found(index(x.dim(0)), {-1, std::numeric_limits<double>::infinity()});
  std::vector<double> rows(index(kTile * dimension_));
  // Candidates by the product, whose rounding the margin holds; the winner among them by differences.
  for (std::int64_t start = 0; start < x.dim(0); start += kBlockSamples) {
    const std::int64_t n = std::min(kBlockSamples, x.dim(0) - start);
    std::vector<double> centred(given.begin() + start * dimension_, given.begin() + (start + n) * dimension_);
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t j = 0; j < dimension_; ++j) centred[index(p * dimension_ + j)] -= mean_[index(j)];
    for (std::int64_t first = 0; first < count(); first += kTile) {
      const std::int64_t last = std::min(count(), first + kTile), width = last - first;
      tile(first, last, rows);
      const std::vector<double> products = multiply_transposed(centred, rows, n, width, dimension_);
      parallel_for(default_context(), n, 1, [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t p = from; p < to; ++p) {
          Neighbour& best = found[index(start + p)];
          const double* row = centred.data() + p * dimension_;
          const double square = dot(row, row, dimension_);
          const double rounding = 8 * static_cast<double>(dimension_ + 8) * std::numeric_limits<double>::epsilon() *
                                  (square + largest_norm_ * largest_norm_);
          for (std::int64_t i = 0; i < width; ++i) {
            const std::int64_t example = order_[index(first + i)];
            if (!exclude.empty() && exclude[index(start + p)] == example) continue;
            const double about = square - 2 * products[index(p * width + i)] + squared_norms_[index(first + i)];
            if (about - rounding > best.distance) continue;
            const double exact = distance_squared(given.data() + (start + p) * dimension_, 1.0, first + i);
            if (exact < best.distance || (exact == best.distance && example < best.example)) best = {example, exact};
          }
        }
      });
    }
  }
  for (Neighbour& neighbour : found) neighbour.distance = std::sqrt(neighbour.distance);
  return found;
}

Denoiser finite_denoiser(std::shared_ptr<const FiniteSet> set, PathPtr path) {
  Denoiser denoiser;
  denoiser.name = "finite";
  denoiser.prediction = Prediction::sample;
  denoiser.path = path;
  denoiser.classes = set->classes();
  denoiser.evaluate = [set, path](const Query& query) {
    return Answer{set->denoise(query.x, noise_levels(*path, query.times), query.condition), {}};
  };
  return denoiser;
}

}  // namespace ito
