// Between tensors [N, ...] of samples and the double rows [N, D] that exact models compute with.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/path.h"

namespace ito {

// Where a sample stands between data and noise: x_t = alpha x_0 + sigma eps.
struct NoiseLevel {
  double alpha = 1;
  double sigma = 0;
  bool operator==(const NoiseLevel&) const = default;
};

// One level for each of `times` (one, or one a sample).
std::vector<NoiseLevel> noise_levels(const Path& path, std::span<const double> times);

// x [N, ...] of float or double as rows of doubles, one a sample; and back, in `like`'s shape and type.
std::vector<double> sample_rows(const Tensor& x);
Tensor samples_like(const Tensor& like, std::span<const double> rows);
// Elements of one sample of x [N, ...]: InputError naming `what` unless it is `dimension`.
void check_dimension(const Tensor& x, std::int64_t dimension, const char* what);

// The label of sample n: kUnconditional where `condition` is undefined. InputError for a label outside
// [-1, classes).
std::vector<std::int32_t> sample_labels(const Tensor& condition, std::int64_t n, int classes, const char* what);

// Calls f(level, label, samples) once for each pair of level and label that occurs, `samples` ascending, pairs in the
// order of their first sample. levels: one, or one a sample.
void for_each_group(
    std::span<const NoiseLevel> levels, std::span<const std::int32_t> labels,
    const std::function<void(NoiseLevel level, std::int32_t label, std::span<const std::int64_t> samples)>& f);

// The chosen rows of [N, width], and their way back.
std::vector<double> take_rows(std::span<const double> rows, std::int64_t width, std::span<const std::int64_t> chosen);
void put_rows(std::span<const double> from, std::int64_t width, std::span<const std::int64_t> chosen,
              std::span<double> rows);

}  // namespace ito
