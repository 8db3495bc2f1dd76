#include "experiments/data/class_moments.h"

#include <algorithm>

#include "samplers/exact/products.h"

namespace ito::experiments {
namespace {

constexpr std::int64_t kRows = 1024;  // rows centred at a time: bounds memory; a block of the sum, so it decides bits

std::vector<std::vector<std::int64_t>> rows_by_class(const Examples& examples, int classes) {
  std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(std::max(classes, 1)));
  for (std::int64_t i = 0; i < examples.x.dim(0); ++i) {
    const std::int32_t label = classes == 0 ? 0 : examples.labels.span<std::int32_t>()[static_cast<std::size_t>(i)];
    rows[static_cast<std::size_t>(label)].push_back(i);
  }
  return rows;
}

Moments moments_of(std::span<const float> x, std::int64_t d, const std::vector<std::int64_t>& rows) {
  const auto width = static_cast<std::size_t>(d);
  const auto n = static_cast<double>(rows.size());
  Moments moments{static_cast<std::int64_t>(rows.size()), std::vector<double>(width),
                  std::vector<double>(width * width)};
  if (rows.empty()) return moments;
  for (const std::int64_t row : rows)
    for (std::size_t j = 0; j < width; ++j) moments.mean[j] += x[static_cast<std::size_t>(row) * width + j];
  for (double& m : moments.mean) m /= n;
  std::vector<double> centred;
  for (std::size_t begin = 0; begin < rows.size(); begin += kRows) {
    const std::size_t end = std::min(rows.size(), begin + kRows);
    centred.clear();
    for (std::size_t i = begin; i < end; ++i)
      for (std::size_t j = 0; j < width; ++j)
        centred.push_back(x[static_cast<std::size_t>(rows[i]) * width + j] - moments.mean[j]);
    add_transposed_multiply(centred, centred, d, d, static_cast<std::int64_t>(end - begin), moments.covariance);
  }
  for (double& s : moments.covariance) s /= n;
  return moments;
}

}  // namespace

std::vector<Moments> class_moments(const Examples& examples, int classes) {
  const std::int64_t d = examples.x.size() / examples.x.dim(0);
  std::vector<Moments> all;
  for (const std::vector<std::int64_t>& rows : rows_by_class(examples, classes))
    all.push_back(moments_of(examples.x.span<float>(), d, rows));
  return all;
}

Moments pooled(std::span<const Moments> classes) {
  const std::size_t d = classes.front().mean.size();
  Moments all{0, std::vector<double>(d), std::vector<double>(d * d)};
  for (const Moments& c : classes) all.count += c.count;
  const auto share = [&](const Moments& c) { return static_cast<double>(c.count) / static_cast<double>(all.count); };
  for (const Moments& c : classes)
    for (std::size_t i = 0; i < d; ++i) all.mean[i] += share(c) * c.mean[i];
  for (const Moments& c : classes) {
    const double p = share(c);
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j)
        all.covariance[i * d + j] +=
            p * (c.covariance[i * d + j] + (c.mean[i] - all.mean[i]) * (c.mean[j] - all.mean[j]));
  }
  return all;
}

double mean_variance(const Moments& moments) {
  const std::size_t d = moments.mean.size();
  double sum = 0;
  for (std::size_t i = 0; i < d; ++i) sum += moments.covariance[i * d + i];
  return sum / static_cast<double>(d);
}

}  // namespace ito::experiments
