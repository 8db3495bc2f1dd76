// Draws of a labelled mixture and of its guided laws p(x) p(c | x)^w, by counters: a draw depends on its seed, its
// number and its label alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernels/core/math.h"
#include "kernels/random/random.h"
#include "samplers/exact/mixture.h"

namespace ito {

namespace {

constexpr std::uint32_t kAttempts = 100000;
constexpr std::size_t kTogether = 1024;  // draws whose noise is in memory at a time

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

void check_labels(std::span<const std::int32_t> labels, int classes, std::int32_t least) {
  for (const std::int32_t label : labels)
    if (label < least || label >= classes)
      throw InputError(
          fmt::format("GaussianMixture: a draw of class {}: expected {} to {}", label, least, classes - 1));
}

}  // namespace

// The component that u in (0, 1) falls to, in the label's range.
std::int64_t GaussianMixture::component_at(std::int32_t label, double u) const {
  const Range part = range(label);
  const auto first = cumulative_.begin() + part.begin, last = cumulative_.begin() + (part.end - 1);
  return std::upper_bound(first, last, part.before + part.weight * u) - cumulative_.begin();
}

// One draw for each of `samples`; labels[i] belongs to samples[i].
std::vector<double> GaussianMixture::attempt(std::uint64_t seed, std::uint32_t step,
                                             std::span<const std::int64_t> samples,
                                             std::span<const std::int32_t> labels,
                                             std::vector<std::int32_t>* drawn) const {
  const std::int64_t d = dimension(), noise = components_->noise_size();
  std::vector<double> x(samples.size() * index(d)), u, z;
  // Samples whose numbers follow one another are drawn together.
  for (std::size_t begin = 0, end = 0; begin < samples.size(); begin = end) {
    for (end = begin + 1; end < samples.size() && end - begin < kTogether && samples[end] == samples[end - 1] + 1;)
      ++end;
    const auto count = static_cast<std::int64_t>(end - begin);
    u.resize(index(count));
    z.resize(index(count * noise));
    kernels::uniform(default_context(), {seed, step, Stream::label}, samples[begin], count, 1, u.data());
    kernels::normal(default_context(), {seed, step, Stream::data}, samples[begin], count, noise, z.data());
    for (std::size_t i = begin; i < end; ++i) {
      const std::int64_t k = component_at(labels[i], u[i - begin]);
      components_->draw(k, std::span(z).subspan((i - begin) * index(noise), index(noise)),
                        std::span(x).subspan(i * index(d), index(d)));
      if (drawn != nullptr) drawn->push_back(labels_[index(k)]);
    }
  }
  return x;
}

GaussianMixture::Draws GaussianMixture::draw(std::uint64_t seed, std::int64_t first,
                                             std::span<const std::int32_t> labels) const {
  check_labels(labels, classes_, -1);
  std::vector<std::int64_t> samples;
  for (std::size_t i = 0; i < labels.size(); ++i) samples.push_back(first + static_cast<std::int64_t>(i));
  std::vector<std::int32_t> drawn;
  const std::vector<double> x = attempt(seed, 0, samples, labels, &drawn);
  const std::int64_t count = static_cast<std::int64_t>(labels.size());
  return {Tensor::from(x, {count, dimension()}), classes_ > 0 ? Tensor::from(drawn, {count}) : Tensor()};
}

GaussianMixture::Draws GaussianMixture::draw(std::uint64_t seed, std::int64_t first, std::int64_t count,
                                             std::int32_t label) const {
  return draw(seed, first, std::vector<std::int32_t>(index(count), label));
}

Tensor GaussianMixture::draw_tilted(std::uint64_t seed, std::int64_t first, std::span<const std::int32_t> labels,
                                    double w) const {
  require(w >= 0 && std::isfinite(w), "GaussianMixture: draws of p(x) p(c|x)^w need w >= 0");
  check_labels(labels, classes_, 0);
  const std::int64_t d = dimension();
  std::vector<double> accepted(labels.size() * index(d));
  std::vector<std::int64_t> pending;
  for (std::size_t i = 0; i < labels.size(); ++i) pending.push_back(static_cast<std::int64_t>(i));
  for (std::uint32_t step = 0; !pending.empty(); ++step) {
    if (step == kAttempts)
      throw InputError(fmt::format("GaussianMixture: p(x) p(c|x)^{} was not hit in {} attempts", w, kAttempts));
    std::vector<std::int64_t> samples;
    std::vector<std::int32_t> asked;
    for (const std::int64_t i : pending) {
      samples.push_back(first + i);
      asked.push_back(w >= 1 ? labels[index(i)] : -1);
    }
    const std::vector<double> x = attempt(seed, step, samples, asked, nullptr);
    const std::vector<double> posterior = class_posterior(
        Tensor::from(x, {static_cast<std::int64_t>(pending.size()), d}), std::vector<NoiseLevel>{{1.0, 0.0}});
    const double exponent = w >= 1 ? w - 1 : w;
    const RandomKey choice(seed, step, Stream::label);
    std::vector<std::int64_t> refused;
    for (std::size_t i = 0; i < pending.size(); ++i) {
      const double p = posterior[i * index(classes_) + index(labels[index(pending[i])])];
      const double u = random_uniform(choice, static_cast<std::uint32_t>(samples[i]), 1);
      if (exponent == 0 || math::log(u) < exponent * math::log(p))
        std::copy_n(x.data() + static_cast<std::int64_t>(i) * d, d, accepted.data() + pending[i] * d);
      else
        refused.push_back(pending[i]);
    }
    pending = std::move(refused);
  }
  return Tensor::from(accepted, {static_cast<std::int64_t>(labels.size()), d});
}

}  // namespace ito
