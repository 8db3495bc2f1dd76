// Denoiser: what a sampler knows of a network, an exact model, or a guided combination of either.
//
//   Denoiser d{.prediction = Prediction::sample, .path = make_path("vp"), .evaluate = my_function};
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "autograd/tensor.h"
#include "samplers/path.h"
#include "samplers/prediction.h"

namespace ito {

class GaussianMixture;  // samplers/exact

inline constexpr std::int32_t kUnconditional = -1;

// One evaluation on a batch of N samples. A query may hold some of a trajectory's samples only when `rows` says which.
struct Query {
  const Tensor& x;                // [N, ...], float or double
  std::span<const double> times;  // one common time, or N; on the denoiser's own path
  const Tensor& condition;        // int32 [N] labels (kUnconditional for none), or undefined: all unconditional
  int step = 0;                   // which step of the grid, and which evaluation inside it: guidance rules ask
  int evaluation = 0;
  std::span<const std::int64_t> rows = {};  // row i of x is sample rows[i]; empty: all of the trajectory's, in order
};

// What comes back: the prediction to step with, and where a rule needs another one to renoise with (CFG++), that.
struct Answer {
  Tensor prediction;  // x's shape and type
  Tensor renoise;     // undefined: the same
  // A learned variance (Nichol, Dhariwal 2021, eq. 15): v in [0, 1], x's shape; undefined where none was learned.
  Tensor variance = {};
};

struct Denoiser {
  std::string name;
  Prediction prediction = Prediction::sample;
  PathPtr path;  // whose clock `times` are on
  std::function<Answer(const Query&)> evaluate;
  // v^T d prediction / d x, [N, ...]; empty where there is none.
  std::function<Tensor(const Query&, const Tensor& v)> vjp = {};
  // The probability-flow ODE's solution at `to` from x at `from`, where there is a closed form; else empty.
  std::function<Tensor(const Tensor& x, Time from, Time to)> flow = {};
  // The law that this is the denoiser of, where it is a Gaussian mixture: density, class posterior, draws. Else null.
  std::shared_ptr<const GaussianMixture> mixture = nullptr;
  // Called before each trajectory of n samples, for rules that keep state (per sample). May be empty.
  std::function<void(std::int64_t n)> reset = {};
  // Network evaluations per sample that one call costs: 2 for guidance with two branches, even when batched.
  int evaluations_per_call = 1;
  bool gives_variance = false;  // answers hold a `variance`
  int classes = 0;              // labels are 0 .. classes - 1; 0: unconditional only
};

// Wraps a function that returns the prediction alone.
Denoiser make_denoiser(
    std::string name, Prediction prediction, PathPtr path,
    std::function<Tensor(const Tensor& x, std::span<const double> times, const Tensor& condition)> f);

// The same denoiser on another path of the same family (MATHS.md section 2, "One network, every path"):
//   x_0-hat_B(x, t) = x_0-hat_A(x alpha_A / alpha_B, t_A(lambda_B(t)))
// The result predicts x_0. Outside A's range of lambda it refuses (InputError: time, lambda, range), or with
// `clamp` evaluates at A's nearest time.
Denoiser adapt(const Denoiser& denoiser, PathPtr path, bool clamp = false);
// Refuses what adapt(denoiser, path) would refuse when asked at t, without asking.
void check_known(const Denoiser& denoiser, const Path& path, Time t);

}  // namespace ito
