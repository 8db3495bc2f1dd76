#include "samplers/exact/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "samplers/denoiser.h"

namespace ito {

std::vector<NoiseLevel> noise_levels(const Path& path, std::span<const double> times) {
  std::vector<NoiseLevel> levels;
  levels.reserve(times.size());
  for (const double t : times) levels.push_back({path.alpha(Time(t)), path.sigma(Time(t))});
  return levels;
}

std::vector<double> sample_rows(const Tensor& x) {
  std::vector<double> rows(static_cast<std::size_t>(x.size()));
  with_float_type(x.dtype(), [&]<class T>() {
    const std::span<const T> source = x.span<T>();
    for (std::size_t i = 0; i < source.size(); ++i) rows[i] = static_cast<double>(source[i]);
  });
  return rows;
}

Tensor samples_like(const Tensor& like, std::span<const double> rows) {
  Tensor x = Tensor::like(like);
  with_float_type(x.dtype(), [&]<class T>() {
    const std::span<T> target = x.mutable_span<T>();
    for (std::size_t i = 0; i < target.size(); ++i) target[i] = static_cast<T>(rows[i]);
  });
  return x;
}

void check_dimension(const Tensor& x, std::int64_t dimension, const char* what) {
  if (x.rank() < 1 || x.size() != x.dim(0) * dimension)
    throw InputError(
        fmt::format("{}: expected samples of {} numbers each, got a tensor {}", what, dimension, x.shape().text()));
}

std::vector<std::int32_t> sample_labels(const Tensor& condition, std::int64_t n, int classes, const char* what) {
  if (!condition.defined()) return std::vector<std::int32_t>(static_cast<std::size_t>(n), kUnconditional);
  const std::span<const std::int32_t> given = condition.span<std::int32_t>();
  if (static_cast<std::int64_t>(given.size()) != n)
    throw InputError(fmt::format("{}: expected {} labels, one a sample, got {}", what, n, given.size()));
  for (const std::int32_t label : given)
    if (label < kUnconditional || label >= classes)
      throw InputError(fmt::format("{}: label {}: expected -1 (unconditional) to {}", what, label, classes - 1));
  return {given.begin(), given.end()};
}

void for_each_group(
    std::span<const NoiseLevel> levels, std::span<const std::int32_t> labels,
    const std::function<void(NoiseLevel level, std::int32_t label, std::span<const std::int64_t> samples)>& f) {
  require(levels.size() == 1 || levels.size() == labels.size(), "expected one time, or one for each sample");
  struct Group {
    NoiseLevel level;
    std::int32_t label;
    std::vector<std::int64_t> samples;
  };
  std::vector<Group> groups;
  std::map<std::tuple<double, double, std::int32_t>, std::size_t> found;
  for (std::size_t n = 0; n < labels.size(); ++n) {
    const NoiseLevel level = levels[levels.size() == 1 ? 0 : n];
    const auto [place, fresh] = found.try_emplace({level.alpha, level.sigma, labels[n]}, groups.size());
    if (fresh) groups.push_back({level, labels[n], {}});
    groups[place->second].samples.push_back(static_cast<std::int64_t>(n));
  }
  for (const Group& group : groups) f(group.level, group.label, group.samples);
}

std::vector<double> take_rows(std::span<const double> rows, std::int64_t width, std::span<const std::int64_t> chosen) {
  std::vector<double> taken(chosen.size() * static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < chosen.size(); ++i)
    std::copy_n(rows.data() + chosen[i] * width, width, taken.data() + static_cast<std::int64_t>(i) * width);
  return taken;
}

void put_rows(std::span<const double> from, std::int64_t width, std::span<const std::int64_t> chosen,
              std::span<double> rows) {
  for (std::size_t i = 0; i < chosen.size(); ++i)
    std::copy_n(from.data() + static_cast<std::int64_t>(i) * width, width, rows.data() + chosen[i] * width);
}

}  // namespace ito
