#include "samplers/brownian.h"

#include <cmath>
#include <deque>
#include <vector>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/registry.h"

namespace ito {
namespace {

// The bridge's rounding, 1e-16, is divided by nu in z: below this nu it would leave a float's range, and nu^2 vanish.
constexpr double kLeastNu = 1e-30;
constexpr int kDepths = 32;     // of nodes: 0 .. 31
constexpr int kKeptDepths = 6;  // of the last descent's nodes: steps of a walk share those above the step's own width
constexpr std::size_t kKeptAnswers = 3;  // a step's start and middle, the next one's start

class BrownianPath {
 public:
  BrownianPath(PathPtr path, std::uint64_t seed, std::int64_t first_sample)
      : path_(std::move(path)), seed_(seed), first_sample_(first_sample) {}

  Tensor increment(const NoiseRequest& request) {
    require(request.nu > 0.0, "Brownian noise is asked for with nu = 0, where the process has none");
    const double from = place(request.from), to = place(request.to);
    if (request.nu < kLeastNu) return Tensor::zeros(request.like.shape(), request.like.dtype());
    const double k = request.nu * request.nu;
    if (k != k_ || !(request.like.shape() == shape_)) forget(k, request.like.shape());
    const double h = to - from, deviation = std::sqrt(renewed(h));
    Tensor z;
    if (std::isinf(from)) {
      z = value(to);
    } else {
      const Tensor b_from = value(from);  // first: the answer at `to` is the next step's start
      z = combine({{1.0 / deviation, value(to)}, {-math::exp(-k_ * h) / deviation, b_from}});
    }
    return request.like.dtype() == DType::f64 ? z : z.to(request.like.dtype());
  }

 private:
  struct Answer {
    double lambda;
    Tensor b;
  };

  double place(Time t) const {
    const double lambda = path_->lambda(t).value;
    if (std::abs(lambda) <= kBrownianRange || lambda == -std::numeric_limits<double>::infinity()) return lambda;
    throw InputError("Brownian noise is known for lambda from -32 to 32; path '" + path_->name() + "' at time " +
                     value_text(t.value) + " asks for lambda " + value_text(lambda));
  }

  double renewed(double y) const { return -math::expm1(-2.0 * k_ * y); }  // E(y)

  Tensor normal(std::uint32_t number, std::uint32_t substep = 0) const {
    Tensor z = Tensor::empty(shape_, DType::f64);
    const std::int64_t samples = shape_[0];
    if (z.size() == 0) return z;
    kernels::normal<double>(context(z), RandomKey(seed_, number, Stream::brownian, substep), first_sample_, samples,
                            z.size() / samples, z.mutable_span<double>().data());
    return z;
  }

  void forget(double k, const Shape& shape) {
    require(shape.rank() > 0, "noise is drawn for a batch: [N, ...]");
    k_ = k;
    shape_ = shape;
    numbers_.clear();
    nodes_.clear();
    answers_.clear();
    left_ = normal(0);
    right_ =
        combine({{math::exp(-k_ * 2 * kBrownianRange), left_}, {std::sqrt(renewed(2 * kBrownianRange)), normal(0, 1)}});
  }

  Tensor value(double lambda) {
    for (const Answer& answer : answers_)
      if (answer.lambda == lambda) return answer.b;
    answers_.push_front({lambda, descend(lambda)});
    if (answers_.size() > kKeptAnswers) answers_.pop_back();
    return answers_.front().b;
  }

  // b at lambda, by halving down to it.
  Tensor descend(double lambda) {
    double l = -kBrownianRange, r = kBrownianRange;
    Tensor b_l = left_, b_r = right_;
    if (lambda == l) return b_l;
    if (lambda == r) return b_r;
    std::uint32_t number = 1;
    for (int depth = 0; depth < kDepths; ++depth) {
      const double m = 0.5 * (l + r);
      const Tensor b_m = node(depth, number, l, r, b_l, b_r);
      if (lambda == m) return b_m;
      const bool right = lambda > m;
      (right ? l : r) = m;
      (right ? b_l : b_r) = b_m;
      number = 2 * number + (right ? 1 : 0);
    }
    return between(lambda, l, r, b_l, b_r);
  }

  Tensor node(int depth, std::uint32_t number, double l, double r, const Tensor& b_l, const Tensor& b_r) {
    const std::size_t at = static_cast<std::size_t>(depth);
    if (at < numbers_.size() && numbers_[at] == number) return nodes_[at];
    const double half = 0.5 * (r - l), E = renewed(half);
    const Tensor b = combine({{math::exp(-k_ * half) * (E / renewed(r - l)), b_l},
                              {math::exp(-k_ * half) * (E / renewed(r - l)), b_r},
                              {E / std::sqrt(renewed(r - l)), normal(number)}});
    if (depth < kKeptDepths) {
      numbers_.resize(at);  // what stood below the node that was here belongs to another branch
      nodes_.resize(at);
      numbers_.push_back(number);
      nodes_.push_back(b);
    }
    return b;
  }

  // The bridge's mean: B linear in tau.
  Tensor between(double m, double l, double r, const Tensor& b_l, const Tensor& b_r) const {
    const double E = renewed(r - l);
    return combine({{math::exp(-k_ * (m - l)) * (renewed(r - m) / E), b_l},
                    {math::exp(-k_ * (r - m)) * (renewed(m - l) / E), b_r}});
  }

  PathPtr path_;
  std::uint64_t seed_;
  std::int64_t first_sample_;
  double k_ = 0;  // nu^2
  Shape shape_;
  Tensor left_, right_;  // b at the ends of the range
  std::vector<std::uint32_t> numbers_;
  std::vector<Tensor> nodes_;
  std::deque<Answer> answers_;
};

}  // namespace

Noise brownian_noise(PathPtr path, std::uint64_t seed, std::int64_t first_sample) {
  require(path != nullptr, "Brownian noise needs a path");
  return [motion = std::make_shared<BrownianPath>(std::move(path), seed, first_sample),
          fresh = counter_noise(seed, first_sample)](const NoiseRequest& request) {
    return request.from > request.to ? motion->increment(request) : fresh(request);
  };
}

void check_brownian_range(const Path& path, const Grid& grid) {
  for (const double t : grid.times()) {
    const double lambda = path.lambda(Time(t)).value;
    if (std::abs(lambda) <= kBrownianRange || std::isinf(lambda)) continue;
    throw InputError("Brownian noise is known for lambda from -32 to 32; path '" + path.name() + "' at time " +
                     value_text(t) + " asks for lambda " + value_text(lambda) + "; use counter noise, or " +
                     (lambda < 0 ? "start the grid at a lower time (t_start)" : "end it at a later time (t_end)"));
  }
}

}  // namespace ito
