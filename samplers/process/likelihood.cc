#include "samplers/process/likelihood.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "kernels/random/random.h"
#include "samplers/exact/angle_clock.h"
#include "samplers/registry.h"

namespace ito {
namespace {

constexpr std::int64_t kElementsAtOnce = std::int64_t{1} << 22;  // of a batch of vector-Jacobian products: 32 MB

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// y moved by h times a slope, and what the trace adds to each integral.
struct Slope {
  Tensor y;                        // dy/dw
  std::vector<double> divergence;  // of each sample and probe [N, P]; P = 1 where the trace is exact
};

struct Solved {
  Tensor x;                      // at `to`
  std::vector<double> integral;  // of the divergence, [N, P]
};

class LogDensityFlow {
 public:
  LogDensityFlow(const Denoiser& denoiser, const Tensor& x, Time from, Time to, const Tensor& condition,
                 const LikelihoodOptions& options)
      : denoiser_(denoiser),
        path_(*denoiser.path),
        from_(from),
        to_(to),
        condition_(condition),
        options_(options),
        clock_{options.finest},
        n_(x.dim(0)),
        d_(x.dim(0) == 0 ? 0 : x.size() / x.dim(0)),
        width_(std::max(1, options.probes)) {
    rows_ = options.probes > 0 ? options.probes : d_;
    if (options.probes > 0) probes_ = draw_probes();
  }

  std::int64_t evaluations() const { return evaluations_; }
  std::int64_t products() const { return evaluations_ * rows_; }

  Solved solve(const Tensor& x, int steps) {
    if (denoiser_.reset) denoiser_.reset(n_);
    const double begin = clock_.w(path_.alpha(from_), path_.sigma(from_));
    const double end = clock_.w(path_.alpha(to_), path_.sigma(to_));
    const double h = (end - begin) / steps;
    Tensor y = combine({{1.0 / radius(path_, from_), x}});
    std::vector<double> integral(index(n_ * width_), 0.0);
    for (int i = 0; i < steps; ++i) {
      // The ends of the interval are met exactly, so that the path's own ends are never overstepped.
      const auto place = [&](double fraction) {
        return begin + (end - begin) * ((static_cast<double>(i) + fraction) / steps);
      };
      const bool first = i == 0, last = i + 1 == steps;
      const Slope k1 = slope(y, place(0), first ? &from_ : nullptr);
      const Slope k2 = slope(combine({{1, y}, {h / 2, k1.y}}), place(0.5), nullptr);
      const Slope k3 = slope(combine({{1, y}, {h / 2, k2.y}}), place(0.5), nullptr);
      const Slope k4 = slope(combine({{1, y}, {h, k3.y}}), place(1), last ? &to_ : nullptr);
      y = combine({{1, y}, {h / 6, k1.y}, {h / 3, k2.y}, {h / 3, k3.y}, {h / 6, k4.y}});
      for (std::size_t j = 0; j < integral.size(); ++j)
        integral[j] += h / 6 * (k1.divergence[j] + 2 * (k2.divergence[j] + k3.divergence[j]) + k4.divergence[j]);
    }
    return {combine({{radius(path_, to_), y}}), std::move(integral)};
  }

 private:
  Slope slope(const Tensor& y, double w, const Time* end) {
    const AngleClock::Angle angle = clock_.angle(w);
    const Time t = end != nullptr ? *end : path_.time(Lambda(math::log(angle.cosine / angle.sine)));
    const double alpha = path_.alpha(t), sigma = path_.sigma(t), r = radius(path_, t);
    ++evaluations_;
    if (sigma == 0) return {Tensor::zeros_like(y), std::vector<double>(index(n_ * width_), 0.0)};
    const Tensor x = combine({{r, y}});
    const double times[] = {t.value};
    const Tensor x0 =
        convert(path_, times, x, denoiser_.evaluate({.x = x, .times = times, .condition = condition_}).prediction,
                denoiser_.prediction, Prediction::sample);
    std::vector<double> divergence = traces(x, t);
    for (double& trace : divergence) trace = angle.speed / sigma * (alpha * static_cast<double>(d_) - r * r * trace);
    return {combine({{angle.speed * alpha / sigma, y}, {-angle.speed * r / sigma, x0}}), std::move(divergence)};
  }

  // tr d x_0-hat/dx of each sample, or v^T (d x_0-hat/dx) v of each sample and probe: samples in batches of rows_
  // copies.
  std::vector<double> traces(const Tensor& x, Time t) {
    const double times[] = {t.value};
    const std::int64_t at_once = std::max<std::int64_t>(1, kElementsAtOnce / std::max<std::int64_t>(1, rows_ * d_));
    std::vector<double> result;
    for (std::int64_t first = 0; first < n_; first += at_once) {
      const std::int64_t last = std::min(n_, first + at_once);
      std::vector<std::int64_t> copies;
      for (std::int64_t n = first; n < last; ++n) copies.insert(copies.end(), index(rows_), n);
      const Tensor repeated = gather_first(x, copies);
      const Tensor labels = condition_.defined() ? gather_first(condition_, copies) : Tensor();
      const Tensor v = vectors(x, first, last);
      const Query query{.x = repeated, .times = times, .condition = labels};
      const Tensor of_x0 = convert(path_, times, v, denoiser_.vjp(query, v), denoiser_.prediction, Prediction::sample);
      const auto product = of_x0.span<double>(), vector = v.span<double>();
      for (std::int64_t n = 0; n < last - first; ++n) {
        double trace = 0;
        for (std::int64_t i = 0; i < rows_; ++i) {
          const std::size_t row = index((n * rows_ + i) * d_);
          if (options_.probes == 0) {
            trace += product[row + index(i)];
            continue;
          }
          double form = 0;
          for (std::int64_t j = 0; j < d_; ++j) form = std::fma(vector[row + index(j)], product[row + index(j)], form);
          result.push_back(form);
        }
        if (options_.probes == 0) result.push_back(trace);
      }
    }
    return result;
  }

  // Unit vectors, or the probes, of samples first .. last - 1: [(last - first) rows_, ...].
  Tensor vectors(const Tensor& x, std::int64_t first, std::int64_t last) const {
    std::vector<std::int64_t> extents(x.shape().extents().begin(), x.shape().extents().end());
    extents.front() = (last - first) * rows_;
    if (options_.probes > 0)
      return Tensor::from(
          std::span<const double>(probes_).subspan(index(first * rows_ * d_), index((last - first) * rows_ * d_)),
          Shape(extents));
    Tensor units = Tensor::zeros(Shape(extents), DType::f64);
    const auto values = units.mutable_span<double>();
    for (std::int64_t row = 0; row < extents.front(); ++row) values[index(row * d_ + row % d_)] = 1.0;
    return units;
  }

  // [N, P, D].
  std::vector<double> draw_probes() const {
    std::vector<double> all(index(n_ * rows_ * d_)), one(index(n_ * d_));
    for (std::int64_t p = 0; p < rows_; ++p) {
      const RandomKey key(options_.seed, static_cast<std::uint32_t>(p), Stream::metric, 1);
      kernels::normal<double>(default_context(), key, options_.first_sample, n_, d_, one.data());
      for (std::int64_t n = 0; n < n_; ++n)
        for (std::int64_t j = 0; j < d_; ++j) {
          const double z = one[index(n * d_ + j)];
          all[index((n * rows_ + p) * d_ + j)] = options_.probe_law == ProbeLaw::gaussian ? z : std::copysign(1.0, z);
        }
    }
    return all;
  }

  const Denoiser& denoiser_;
  const Path& path_;
  Time from_, to_;
  const Tensor& condition_;
  const LikelihoodOptions& options_;
  AngleClock clock_;
  std::int64_t n_, d_, width_, rows_ = 0;  // rows_: vectors of one sample's trace
  std::vector<double> probes_;
  std::int64_t evaluations_ = 0;
};

void check(const Denoiser& denoiser, const Tensor& x, Time from, Time to, const LikelihoodOptions& options) {
  if (!denoiser.vjp)
    throw InputError("log_likelihood: denoiser '" + denoiser.name + "' has no vjp, of which the divergence is made");
  require(denoiser.path != nullptr, "log_likelihood: the denoiser has no path");
  require(x.defined() && x.rank() >= 1, "log_likelihood: expected a batch [N, ...]");
  require(options.steps >= 1, "log_likelihood: steps must be at least 1");
  require(options.probes >= 0, "log_likelihood: probes is negative");
  require(options.finest > 0 && options.finest < 1, "log_likelihood: finest must be between 0 and 1");
  const Path& path = *denoiser.path;
  if (!(path.t_min() <= from && from < to && to <= path.t_max()))
    throw InputError("log_likelihood: from " + value_text(from.value) + " to " + value_text(to.value) +
                     "; expected rising times of path '" + path.name() + "', " + value_text(path.t_min().value) +
                     " to " + value_text(path.t_max().value));
}

// log N(x; 0, sigma^2 I) of each sample.
std::vector<double> noise_log_density(const Tensor& x, double sigma) {
  constexpr double kLogTwoPi = 1.8378770664093454836;
  std::vector<double> result = squared_norm_per_sample(x);
  const double d = x.dim(0) == 0 ? 0 : static_cast<double>(x.size() / x.dim(0));
  for (double& value : result) value = -0.5 * (value / (sigma * sigma) + d * (kLogTwoPi + 2 * math::log(sigma)));
  return result;
}

}  // namespace

Likelihood log_likelihood(const Denoiser& denoiser, const Tensor& x, Time from, Time to, const Tensor& condition,
                          const LikelihoodOptions& options) {
  check(denoiser, x, from, to, options);
  const Path& path = *denoiser.path;
  const Tensor start = x.to(DType::f64);
  const std::int64_t n = x.dim(0), d = n == 0 ? 0 : x.size() / n;
  LogDensityFlow flow(denoiser, start, from, to, condition, options);
  const Solved coarse = flow.solve(start, options.steps), fine = flow.solve(start, 2 * options.steps);
  for (const Solved* solved : {&coarse, &fine})
    if (!all_finite(solved->x)) throw DivergedError("log_likelihood: the flow of the data is not finite");

  const auto prior = [&](const Tensor& latent) {
    return options.prior ? options.prior(latent) : noise_log_density(latent, path.sigma(to));
  };
  const double of_radius = static_cast<double>(d) * (math::log(radius(path, to)) - math::log(radius(path, from)));
  const std::vector<double> coarse_prior = prior(coarse.x), fine_prior = prior(fine.x);
  const std::size_t width = static_cast<std::size_t>(std::max(1, options.probes));
  Likelihood result;
  double squares = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    // An estimate for each probe; errors of order 4 are (fine - coarse)/15.
    double sum = 0, correction = 0;
    std::vector<double> estimates;
    for (std::size_t p = i * width; p < (i + 1) * width; ++p) {
      const double with_coarse = coarse_prior[i] + coarse.integral[p], with_fine = fine_prior[i] + fine.integral[p];
      estimates.push_back(with_fine + (with_fine - with_coarse) / 15 + of_radius);
      correction += (with_fine - with_coarse) / 15 / static_cast<double>(width);
      sum += estimates.back();
    }
    const double mean = sum / static_cast<double>(width);
    if (!std::isfinite(mean)) throw DivergedError("log_likelihood: a log-density is not finite");
    result.log_density.push_back(mean);
    squares += correction * correction;
    if (width == 1) continue;
    double spread = 0;
    for (const double estimate : estimates) spread += (estimate - mean) * (estimate - mean);
    result.standard_error.push_back(std::sqrt(spread / static_cast<double>(width - 1) / static_cast<double>(width)));
  }
  result.latent = combine({{16.0 / 15, fine.x}, {-1.0 / 15, coarse.x}});
  result.error = std::sqrt(squares / static_cast<double>(std::max<std::int64_t>(1, n)));
  result.evaluations = flow.evaluations();
  result.products = flow.products();
  return result;
}

std::vector<double> bits_per_dimension(std::span<const double> log_density, std::int64_t dimension, double levels) {
  require(dimension >= 1, "bits_per_dimension: dimension must be at least 1");
  require(levels > 0, "bits_per_dimension: levels must be positive");
  constexpr double kLogTwo = 0.69314718055994530942;
  std::vector<double> bits;
  for (const double value : log_density)
    bits.push_back((math::log(levels) - value / static_cast<double>(dimension)) / kLogTwo);
  return bits;
}

}  // namespace ito
