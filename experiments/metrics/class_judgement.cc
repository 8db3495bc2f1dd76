#include "experiments/metrics/class_judgement.h"

#include <algorithm>

namespace ito::experiments {

ClassJudgement judge_classes(std::span<const double> probabilities, std::int64_t classes, const Tensor& labels) {
  const std::span<const std::int32_t> asked = labels.span<std::int32_t>();
  const std::int64_t n = static_cast<std::int64_t>(probabilities.size()) / classes;
  ClassJudgement result;
  std::int64_t right = 0, counted = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int32_t label = asked[static_cast<std::size_t>(i)];
    if (label < 0 || label >= classes) continue;
    const auto row = probabilities.begin() + i * classes;
    right += std::max_element(row, row + classes) - row == label ? 1 : 0;
    result.probability += row[label];
    ++counted;
  }
  if (counted == 0) return {};
  result.accuracy = static_cast<double>(right) / static_cast<double>(counted);
  result.probability /= static_cast<double>(counted);
  return result;
}

}  // namespace ito::experiments
