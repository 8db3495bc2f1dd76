// The five things a network may predict about x_t, and how to turn each into each (MATHS.md section 2).
//
//   eps;   x_0 = (x - sigma eps) / alpha;   v = alpha eps - sigma x_0;   score = -eps / sigma;
//   velocity u = alpha' x_0 + sigma' eps
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "autograd/tensor.h"
#include "samplers/path.h"

namespace ito {

enum class Prediction : unsigned char { eps, sample, v, score, velocity };

std::string_view prediction_name(Prediction kind);                      // "eps", "sample", "v", "score", "velocity"
std::optional<Prediction> prediction_from_name(std::string_view name);  // also "x0" for sample, "u" for velocity

// to = x_coefficient * x_t + p_coefficient * prediction: every conversion is linear in (x_t, prediction).
struct Conversion {
  double x = 0;
  double prediction = 0;
};

// The conversion at time t of `path`. Where a formula divides by zero its limit is used if it exists (sigma = 0: x_0 is
// x_t / alpha from eps, score undefined...); otherwise InputError naming the conversion, the path and the time.
Conversion conversion(const Path& path, Time t, Prediction from, Prediction to);

// Applies it to a batch: x, prediction [N, ...] at one common time, or at one time for each sample (times.size() is 1
// or N).
Tensor convert(const Path& path, std::span<const double> times, const Tensor& x, const Tensor& prediction,
               Prediction from, Prediction to);

}  // namespace ito
