// The three processes that share a path's marginals, as things to simulate and to check (MATHS.md section 3).
//
//   forward SDE        dx = f x dt + g dw                                     time rises: data to noise
//   reverse family     dx = [f x - (1 + nu^2)/2 g^2 score] dt + nu g dw-bar   time falls: nu = 1 Anderson's reverse SDE
//   probability flow   dx = [f x - g^2/2 score] dt = u dt                     either way: nu = 0
//
// Sources: Song et al. 2021 (Score SDE), eq. 5, 6, 13; Anderson 1982.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "samplers/denoiser.h"
#include "samplers/noise.h"

namespace ito {

enum class Direction : unsigned char { forward, backward, either };

// dx = drift(x, t) dt + diffusion(t) dw.
struct Process {
  std::string name;
  PathPtr path;
  Direction direction = Direction::either;
  std::function<Tensor(const Tensor& x, Time t)> drift;
  std::function<double(Time t)> diffusion;
  double nu = 1;                                   // diffusion/g: the clock of its Brownian path (noise.h)
  std::function<void(std::int64_t n)> reset = {};  // the denoiser's, called before each walk of n samples; may be empty
};

Process forward_sde(PathPtr path);
// condition: int32 [N] labels, or undefined.
Process reverse_sde(const Denoiser& denoiser, PathPtr path, Tensor condition = {}, double nu = 1.0);
Process probability_flow(const Denoiser& denoiser, PathPtr path, Tensor condition = {});

// Euler-Maruyama through `times` (strictly monotone, in the process's direction):
//   x += drift(x, t) (s - t) + diffusion(t) sqrt(|s - t|) z
// x is [N, ...] at times[0]; the result stands at the last time. Noise is asked for only where diffusion(t) > 0.
// InputError for times that turn, repeat, leave the path or run against the process; DivergedError when a state stops
// being finite.
Tensor simulate(const Process& process, std::span<const double> times, Tensor x, const Noise& noise);

}  // namespace ito
