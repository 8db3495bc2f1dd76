#include "samplers/exact/sampler_law.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "autograd/arithmetic.h"
#include "samplers/registry.h"

namespace ito {
namespace {

constexpr std::int64_t kElementsAtOnce = 32768;  // of a batch of probes: what a core's cache holds of a few of them
constexpr std::uint64_t kCheckSeed = 20240229;
constexpr double kCheckScales[] = {1.0, 10.0};  // a threshold would be met at one of them and not at the other
constexpr double kTolerance = 1e-10;

using Request = std::pair<int, int>;  // step, substep

class Prober {
 public:
  Prober(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Solver& solver, std::size_t dimension,
         const SamplerLawOptions& options)
      : denoiser_(denoiser),
        path_(path),
        grid_(grid),
        solver_(solver),
        d_(static_cast<std::int64_t>(dimension)),
        options_(options) {
    const double sigma = path->sigma(grid.front());
    unit_ = sigma > 0.0 ? sigma : 1.0;
  }

  SamplerLaw law(const DiagonalGaussian& start) {
    SamplerLaw law;
    find_requests(law);
    const auto n = static_cast<std::int64_t>(requests_.size());
    const std::int64_t chunk = std::clamp<std::int64_t>(kElementsAtOnce / d_, 16, 1024);
    Tensor expected = options_.check ? expected_of(law) : Tensor();
    for (std::int64_t first = 0; first < n; first += chunk) {
      const std::int64_t last = std::min(n, first + chunk);
      const Tensor answers = answers_to(first, last);
      for (std::int64_t k = first; k < last; ++k) add_response(law, answers, k - first, k, expected);
      if (options_.progress) options_.progress(last, n);
    }
    if (options_.check) check(law, expected);
    finish(law, start);
    return law;
  }

 private:
  Tensor walk(Tensor x, const Noise& noise, std::int64_t* evaluations = nullptr, double* peak = nullptr) {
    const std::int64_t rows = x.dim(0);
    Trajectory trajectory(denoiser_, path_, grid_, rows, {}, noise);
    if (denoiser_.reset) denoiser_.reset(rows);
    solver_.start(*path_, grid_, trajectory.prediction());
    for (int step = 0; step < grid_.steps(); ++step) {
      trajectory.begin_step(step);
      x = solver_.step(trajectory, x);
      if (peak != nullptr)
        for (const double value : x.span<double>()) *peak = std::max(*peak, std::abs(value));
    }
    if (!all_finite(x))
      throw DivergedError("solver '" + options_.solver + "': its answer to a probe of its law is not finite");
    if (evaluations != nullptr) *evaluations = trajectory.evaluations().front();
    return x;
  }

  // Probes 0 (x_T = 0) and 1 (x_T = sigma_T) without noise, which list the requests besides.
  void find_requests(SamplerLaw& law) {
    Tensor x = Tensor::zeros({2, d_}, DType::f64);
    const auto unit = x.mutable_span<double>().subspan(static_cast<std::size_t>(d_));
    std::fill(unit.begin(), unit.end(), unit_);
    const Tensor answers = walk(
        x,
        [&](const NoiseRequest& request) {
          check_batch(request, 2);
          const Request key{request.step, request.substep};
          if (index_.emplace(key, static_cast<std::int64_t>(requests_.size())).second) requests_.push_back(key);
          return Tensor::zeros_like(request.like);
        },
        &law.evaluations);
    law.requests = static_cast<std::int64_t>(requests_.size());
    const auto values = answers.span<double>();
    for (std::size_t j = 0; j < static_cast<std::size_t>(d_); ++j) {
      law.offset.push_back(values[j]);
      law.gain.push_back((values[static_cast<std::size_t>(d_) + j] - values[j]) / unit_);
    }
    law.noise_variance.assign(static_cast<std::size_t>(d_), 0.0);
  }

  // Row i: x_T = 0, one for request first + i.
  Tensor answers_to(std::int64_t first, std::int64_t last) {
    return walk(Tensor::zeros({last - first, d_}, DType::f64), [&](const NoiseRequest& request) {
      check_batch(request, last - first);
      Tensor z = Tensor::zeros_like(request.like);
      const std::int64_t k = index_of(request);
      if (k >= first && k < last) {
        const auto row =
            z.mutable_span<double>().subspan(static_cast<std::size_t>((k - first) * d_), static_cast<std::size_t>(d_));
        std::fill(row.begin(), row.end(), 1.0);
      }
      return z;
    });
  }

  void add_response(SamplerLaw& law, const Tensor& answers, std::int64_t row, std::int64_t k, Tensor& expected) const {
    const auto answer = answers.span<double>().subspan(static_cast<std::size_t>(row * d_));
    const auto d = static_cast<std::size_t>(d_);
    std::vector<double> c(d);
    for (std::size_t j = 0; j < d; ++j) {
      c[j] = answer[j] - law.offset[j];
      law.noise_variance[j] = std::fma(c[j], c[j], law.noise_variance[j]);
    }
    if (!expected.defined()) return;
    const Tensor z = check_noise(expected, requests_[static_cast<std::size_t>(k)]);
    const auto z_values = z.span<double>();
    const auto sums = expected.mutable_span<double>();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = std::fma(c[i % d], z_values[i], sums[i]);
  }

  // The check's own x_T and noise: one row for each scale.
  Tensor scaled_rows(const Tensor& z, double unit) const {
    Tensor result = z.clone();
    const auto values = result.mutable_span<double>();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= unit * kCheckScales[i / static_cast<std::size_t>(d_)];
    return result;
  }
  Tensor check_start() const {
    return scaled_rows(initial_noise({std::int64_t{std::size(kCheckScales)}, d_}, DType::f64, kCheckSeed), unit_);
  }
  Tensor check_noise(const Tensor& like, const Request& key) const {
    const NoiseRequest request{
        .like = like, .step = key.first, .substep = key.second, .from = grid_.front(), .to = grid_.back()};
    return scaled_rows(counter_noise(kCheckSeed)(request), 1.0);
  }

  Tensor expected_of(const SamplerLaw& law) const {
    Tensor expected = check_start();
    const auto values = expected.mutable_span<double>();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t j = i % static_cast<std::size_t>(d_);
      values[i] = std::fma(law.gain[j], values[i], law.offset[j]);
    }
    return expected;
  }

  void check(const SamplerLaw& law, const Tensor& expected) {
    const Tensor start = check_start();
    double scale = 0, miss = 0;
    const Tensor found = walk(
        start,
        [&](const NoiseRequest& request) {
          check_batch(request, start.dim(0));
          index_of(request);
          return check_noise(request.like, {request.step, request.substep});
        },
        nullptr, &scale);
    // Relative to the largest state on the way and the largest part of the sum: what rounding is relative to.
    const auto answered = found.span<double>(), combined = expected.span<double>();
    for (std::size_t i = 0; i < answered.size(); ++i) {
      const std::size_t j = i % static_cast<std::size_t>(d_);
      scale = std::max({scale, std::abs(law.offset[j]), std::abs(law.gain[j]) * unit_, std::sqrt(law.noise_variance[j]),
                        std::abs(combined[i])});
      miss = std::max(miss, std::abs(answered[i] - combined[i]));
    }
    if (miss > kTolerance * scale)
      refuse("its answer to a sum of a start and noises is not the sum of its answers, by " +
             value_text(static_cast<double>(static_cast<float>(miss / scale))) + " of their size");
  }

  void finish(SamplerLaw& law, const DiagonalGaussian& start) const {
    for (std::size_t j = 0; j < static_cast<std::size_t>(d_); ++j) {
      law.end.means.push_back(std::fma(law.gain[j], start.means[j], law.offset[j]));
      law.end.variances.push_back(std::fma(law.gain[j] * law.gain[j], start.variances[j], law.noise_variance[j]));
    }
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw InputError("solver '" + options_.solver +
                     "' is not affine in its state and noise, so its law has no closed form: " + why);
  }
  void check_batch(const NoiseRequest& request, std::int64_t rows) const {
    if (!(request.like.shape() == Shape{rows, d_})) refuse("it asks for noise for a part of its samples");
  }
  std::int64_t index_of(const NoiseRequest& request) const {
    const auto it = index_.find({request.step, request.substep});
    if (it == index_.end()) refuse("how often it asks for noise depends on its state");
    return it->second;
  }

  const Denoiser& denoiser_;
  const PathPtr& path_;
  const Grid& grid_;
  Solver& solver_;
  std::int64_t d_;
  const SamplerLawOptions& options_;
  double unit_ = 1;
  std::vector<Request> requests_;
  std::map<Request, std::int64_t> index_;
};

}  // namespace

DiagonalGaussian noise_law(const Path& path, const Grid& grid, std::size_t dimension) {
  const double sigma = path.sigma(grid.front());
  return {std::vector<double>(dimension, 0.0), std::vector<double>(dimension, sigma * sigma)};
}

SamplerLaw sampler_law(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Solver& solver,
                       const DiagonalGaussian& start, const SamplerLawOptions& options) {
  require(path != nullptr, "sampler_law: there is no path to walk on");
  require(!start.means.empty() && start.means.size() == start.variances.size(),
          "sampler_law: the start law has no directions");
  return Prober(denoiser, path, grid, solver, start.means.size(), options).law(start);
}

}  // namespace ito
