// DDIM inversion: data carried to the noise that ddim makes them of (Song, Meng, Ermon 2021, section 4.3 and 5.4;
// Dhariwal, Nichol 2021, appendix F; diffusers' DDIMInverse). The DDIM ODE walked from the grid's end to its start, for
// a step s -> t > s:
//
//   x_t = alpha_t x_0-hat + sigma_t eps-hat,   both from the model's answer about x_s
//
// Order 1, as ddim: walking back with ddim on the same grid returns to the data to order 1. (No step is undone exactly:
// ddim asks the model at x_t, which the inversion does not know yet.)
#pragma once

#include "samplers/denoiser.h"
#include "samplers/grid.h"

namespace ito {

// Which time the model is told with x_s. `own`: s, as the ODE says. `next`: t, as diffusers does it and Mokady et al.
// 2023 (Null-text inversion) write it; the first step from clean data then never asks the model about s = 0. Whatever
// it answers is turned into x_0-hat and eps-hat at s. Both are of order 1.
enum class InversionTime : unsigned char { own, next };

// x [N, ...] at grid.back() -> x at grid.front(); condition int32 [N] or undefined. InputError where an answer does not
// determine x_0 and eps (a predicted sample at sigma_s = 0: end the grid at a later time); DivergedError when a state
// stops being finite.
Tensor ddim_inversion(const Denoiser& denoiser, const PathPtr& path, const Grid& grid, Tensor x,
                      const Tensor& condition = {}, InversionTime told = InversionTime::own);

}  // namespace ito
