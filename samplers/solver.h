// Solver: one step from a time of the grid to the next. And `sample`, which walks a grid with one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "samplers/denoiser.h"
#include "samplers/grid.h"
#include "samplers/noise.h"

namespace ito {

// What the model said about x_t, convertible into any prediction. Conversions are computed when asked for.
class Estimate {
 public:
  // times: one common time, or one for each sample.
  Estimate(const Path& path, std::vector<double> times, Tensor x, Answer answer, Prediction kind);
  Estimate(const Path& path, Time t, Tensor x, Answer answer, Prediction kind);
  Tensor x0() const { return as(Prediction::sample); }
  Tensor eps() const { return as(Prediction::eps); }
  Tensor velocity() const { return as(Prediction::velocity); }
  Tensor as(Prediction kind) const;
  Tensor renoise_eps() const;                      // eps of the answer's `renoise`, else eps()
  const Tensor& variance() const;                  // the learned v; InputError where the answer has none
  Time t() const { return Time(times_.front()); }  // the common time
  const Tensor& x() const { return x_; }           // the state that was asked about

 private:
  const Path* path_;
  std::vector<double> times_;
  Tensor x_;
  Answer answer_;
  Prediction kind_;
};

// One batch's walk, as its solver sees it: the path, the model, the noise. Counts and records evaluations.
class Trajectory {
 public:
  Trajectory(const Denoiser& denoiser, PathPtr path, const Grid& grid, std::int64_t samples, Tensor condition,
             Noise noise);

  const Path& path() const { return *path_; }
  const Grid& grid() const { return grid_; }
  Prediction prediction() const { return denoiser_.prediction; }  // what evaluate() is told, on this path
  // One evaluation of the denoiser at any time of the path.
  Estimate evaluate(const Tensor& x, Time t);
  // The same for some samples of the batch, each at its own time: row i of x is sample rows[i] at times[i]. For solvers
  // that give each sample its own steps; only the samples asked for are counted.
  Estimate evaluate(const Tensor& x, std::span<const double> times, std::span<const std::int64_t> rows);
  // z ~ N(0, I) for the step being taken, or for a part of it, from > to. Parts of one step that draw independent
  // noise differ in `substep`; what a Brownian path gives is its normalised increment between the two times in the
  // clock tau = exp(2 nu^2 lambda) (noise.h), whatever the substep.
  Tensor noise(const Tensor& like, double nu = 1.0);
  Tensor noise(const Tensor& like, int substep, Time from, Time to, double nu = 1.0);

  void begin_step(int step);
  int step() const { return step_; }
  Time from() const { return grid_[step_]; }
  Time to() const { return grid_[step_ + 1]; }
  bool last() const { return step_ + 1 == grid_.steps(); }

  // Network evaluations of each sample of the batch so far; solvers with common steps count all alike.
  const std::vector<std::int64_t>& evaluations() const { return evaluations_; }
  const std::vector<double>& evaluated_times() const { return evaluated_times_; }

 private:
  Denoiser denoiser_;  // adapted to path_
  PathPtr path_;
  const Grid& grid_;
  Tensor condition_;
  Noise noise_;
  int step_ = 0;
  int evaluation_ = 0;
  std::vector<std::int64_t> evaluations_;
  std::vector<double> evaluated_times_;
};

class Solver {
 public:
  virtual ~Solver() = default;
  // Called before each trajectory: forget stored outputs. Throws InputError when this solver cannot walk this grid on
  // this path with this prediction (says why).
  virtual void start(const Path& /*path*/, const Grid& /*grid*/, Prediction /*prediction*/) {}
  // x at trajectory.from() -> x at trajectory.to(). The number of samples does not change the bits of one.
  virtual Tensor step(Trajectory& trajectory, const Tensor& x) = 0;
  // Multistep solvers only: takes what the model says at a time before the grid's first, as if the walk had come
  // through there; call it after start(), oldest first. Orders are measured from exact history.
  virtual void remember(const Path& /*path*/, const Estimate& /*estimate*/) {}
  // Calls of the denoiser one step makes (the last step may make fewer); for cost estimates.
  virtual int calls_per_step() const { return 1; }
  // Whether it reads what only some models answer (Answer::variance).
  virtual bool reads_variance() const { return false; }
};

// Refuses a solver that reads a learned variance for a denoiser that gives none.
void check_variance(const Denoiser& denoiser, const Solver& solver);

struct SampleRequest {
  std::uint64_t seed = 0;
  std::int64_t first_sample = 0;  // sample numbers first_sample .. first_sample + count - 1 decide the noise
  std::int64_t count = 1;
  std::int64_t batch = 0;  // samples computed at a time; 0: all. Changes no bit.
  Shape shape = {};        // of one sample
  DType dtype = DType::f32;
  Tensor condition = {};  // int32 [count], or undefined
  Tensor start = {};      // x at grid.front() [count, ...]; undefined: sigma(T) z (+ nothing: alpha(T) x_0 is dropped)
  Noise noise = {};       // empty: by `brownian`; a given one knows no sample numbers, so it needs batch 0
  bool brownian = false;  // one Brownian path whatever the steps (brownian.h), else counter noise
  std::function<void(int step, Time t, const Tensor& x)> observe = {};  // after each step of each batch; may be empty
};

struct SampleResult {
  Tensor samples;  // [count, ...]
  // Network evaluations a sample: the mean over samples where a solver gives each its own steps, rounded to nearest.
  std::int64_t evaluations = 0;
  std::vector<std::int64_t> evaluations_of;  // each sample's [count]
};

// Throws DivergedError naming step and time when a state stops being finite.
SampleResult sample(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Solver& solver,
                    const SampleRequest& request);

}  // namespace ito
