#include "experiments/metrics/pairs.h"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/io/sha256.h"
#include "experiments/metrics/remembered.h"
#include "samplers/exact/batch.h"

namespace ito::experiments {

namespace {

Tensor first_rows(const Tensor& x, std::int64_t count) { return x.dim(0) == count ? x : x.slice_first(0, count); }

}  // namespace

PointSets point_sets(const MetricInput& input, std::int64_t count, const char* metric) {
  const std::int64_t n = count > 0 ? std::min(count, input.samples.dim(0)) : input.samples.dim(0);
  require(n > 0, "a metric needs at least one sample");
  const std::int64_t d = input.samples.size() / input.samples.dim(0);
  const bool others = input.second.x.defined();
  for (const Tensor* x : {&input.reference.x, others ? &input.second.x : &input.reference.x})
    if (!x->defined() || x->dim(0) < n || x->size() != x->dim(0) * d)
      throw InputError(fmt::format("{}: expected at least {} reference draws of {} numbers, got {}", metric, n, d,
                                   x->defined() ? x->shape().text() : "none"));
  return {sample_rows(first_rows(input.samples, n)), sample_rows(first_rows(input.reference.x, n)),
          others ? sample_rows(first_rows(input.second.x, n)) : std::vector<double>(), n, d};
}

Metric distance_metric(std::string name, std::int64_t count, PointDistance distance) {
  const auto floors = std::make_shared<Remembered<double>>();
  return {[=](const MetricInput& input) {
    const PointSets sets = point_sets(input, count, name.c_str());
    const std::string key = Sha256()
                                .integer(static_cast<std::int64_t>(input.seed))
                                .integer(sets.d)
                                .update(std::as_bytes(std::span(sets.reference)))
                                .update(std::as_bytes(std::span(sets.second)))
                                .hex();
    std::optional<double> floor;
    if (!sets.second.empty())
      floor = floors->get(key, [&] { return distance(sets.reference, sets.second, sets.d, input.seed); });
    return std::vector<MetricValue>{{.name = name,
                                     .value = distance(sets.samples, sets.reference, sets.d, input.seed),
                                     .floor = floor,
                                     .distance = true}};
  }};
}

}  // namespace ito::experiments
