#include "experiments/data/point_law.h"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/io/sha256.h"
#include "kernels/random/random.h"

namespace ito::experiments {
namespace {

// Streams with which a law is drawn: uniform numbers, then normal ones.
constexpr std::uint32_t kUniformSubstep = 0, kNormalSubstep = 1;

// A run of examples whose numbers share their upper 32 bits.
void draw_run(const PointLaw& law, const std::vector<double>& classes, std::uint64_t seed, std::int64_t first,
              int label, std::span<float> x, std::span<std::int32_t> labels) {
  const auto step = static_cast<std::uint32_t>(first >> 32);
  const auto count = static_cast<std::int64_t>(x.size()) / law.dimension;
  const std::int64_t sample = first & 0xFFFFFFFF;
  Context& context = default_context();
  std::vector<double> u(static_cast<std::size_t>(count * kUniforms)), z(x.size());
  kernels::uniform(context, {seed, step, Stream::data, kUniformSubstep}, sample, count, kUniforms, u.data());
  kernels::normal(context, {seed, step, Stream::data, kNormalSubstep}, sample, count, law.dimension, z.data());
  std::vector<double> point(static_cast<std::size_t>(law.dimension));
  for (std::int64_t i = 0; i < count; ++i) {
    std::int32_t own = std::max(label, 0);
    if (!classes.empty() && label < 0)
      own = static_cast<std::int32_t>(
          pick(classes, random_uniform({seed, step, Stream::label}, static_cast<std::uint32_t>(sample + i), 0)));
    law.formula({own, u.data() + i * kUniforms, z.data() + i * law.dimension}, point.data());
    std::transform(point.begin(), point.end(), x.begin() + i * law.dimension,
                   [](double v) { return static_cast<float>(v); });
    if (!labels.empty()) labels[static_cast<std::size_t>(i)] = own;
  }
}

}  // namespace

std::size_t pick(const std::vector<double>& cumulative, double u) {
  const auto it = std::upper_bound(cumulative.begin(), cumulative.end(), u * cumulative.back());
  return std::min(static_cast<std::size_t>(it - cumulative.begin()), cumulative.size() - 1);
}

std::vector<double> cumulated(const std::vector<double>& weights) {
  std::vector<double> sums;
  double sum = 0;
  for (const double w : weights) sums.push_back(sum += w);
  return sums;
}

std::string law_hash(const std::string& name, int numerics, const Parameters& parameters) {
  Sha256 hash;
  hash.text(name).integer(numerics);
  for (const auto& [key, value] : parameters.all()) {
    hash.text(key);
    if (const double* number = std::get_if<double>(&value))
      hash.number(*number);
    else
      hash.text(value_text(value));
  }
  return hash.hex();
}

std::shared_ptr<Dataset> point_dataset(PointLaw given) {
  auto data = std::make_shared<Dataset>();
  data->name = given.name;
  data->sample_shape = Shape{given.dimension};
  data->classes = static_cast<int>(given.class_weights.size());
  data->class_names = given.class_names;
  data->hash = given.hash;
  data->draw = [law = std::move(given)](std::uint64_t seed, std::int64_t first, std::int64_t count, int label) {
    const int classes = static_cast<int>(law.class_weights.size());
    if (first < 0 || count < 0) throw InputError(fmt::format("{}: examples {} + {} asked for", law.name, first, count));
    if (label >= classes) throw InputError(fmt::format("{}: class {} asked for; it has {}", law.name, label, classes));
    const std::vector<double> cumulative = cumulated(law.class_weights);
    Examples examples{Tensor::empty({count, law.dimension}, DType::f32), {}};
    std::span<float> x = examples.x.mutable_span<float>();
    std::span<std::int32_t> labels;
    if (classes > 0) {
      examples.labels = Tensor::empty({count}, DType::i32);
      labels = examples.labels.mutable_span<std::int32_t>();
    }
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t run = std::min(count - done, (std::int64_t{1} << 32) - ((first + done) & 0xFFFFFFFF));
      const auto part = static_cast<std::size_t>(run), from = static_cast<std::size_t>(done);
      const auto width = static_cast<std::size_t>(law.dimension);
      draw_run(law, cumulative, seed, first + done, label, x.subspan(from * width, part * width),
               labels.empty() ? labels : labels.subspan(from, part));
      done += run;
    }
    return examples;
  };
  return data;
}

}  // namespace ito::experiments
