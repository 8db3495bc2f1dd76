#include "experiments/data/mixture_law.h"

#include <algorithm>
#include <cmath>

#include "samplers/exact/gaussian.h"
#include "samplers/exact/mixture.h"

namespace ito::experiments {

void standardise(MixtureLaw& law) {
  const std::size_t d = law.means.front().size();
  double total = 0, square = 0;
  std::vector<double> mean(d);
  for (std::size_t k = 0; k < law.weights.size(); ++k) {
    total += law.weights[k];
    for (std::size_t i = 0; i < d; ++i) mean[i] += law.weights[k] * law.means[k][i];
  }
  for (double& m : mean) m /= total;
  for (std::size_t k = 0; k < law.weights.size(); ++k)
    for (std::size_t i = 0; i < d; ++i) {
      law.means[k][i] -= mean[i];
      square += law.weights[k] * law.means[k][i] * law.means[k][i];
    }
  const double scale = 1 / std::sqrt(square / (total * static_cast<double>(d)) + law.width * law.width);
  for (std::vector<double>& m : law.means)
    for (double& x : m) x *= scale;
  law.width *= scale;
}

namespace {

// m = sum_k p_k m_k,  S = width^2 I + sum_k p_k (m_k - m)(m_k - m)^T.
std::shared_ptr<const Gaussian> gaussian_of(const MixtureLaw& law) {
  const std::size_t d = law.means.front().size();
  double total = 0;
  for (const double w : law.weights) total += w;
  std::vector<double> mean(d), covariance(d * d);
  for (std::size_t k = 0; k < law.weights.size(); ++k)
    for (std::size_t i = 0; i < d; ++i) mean[i] += law.weights[k] / total * law.means[k][i];
  for (std::size_t k = 0; k < law.weights.size(); ++k)
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j)
        covariance[i * d + j] += law.weights[k] / total * (law.means[k][i] - mean[i]) * (law.means[k][j] - mean[j]);
  for (std::size_t i = 0; i < d; ++i) covariance[i * d + i] += law.width * law.width;
  return std::make_shared<const Gaussian>(std::move(mean), covariance);
}

}  // namespace

std::shared_ptr<const Dataset> mixture_dataset(MixtureLaw law) {
  const std::size_t d = law.means.front().size();
  std::vector<double> covariance(d * d);
  for (std::size_t i = 0; i < d; ++i) covariance[i * d + i] = law.width * law.width;
  const std::shared_ptr<const Gaussian> gaussian = gaussian_of(law);
  std::vector<FullComponent> components;
  for (std::size_t k = 0; k < law.weights.size(); ++k)
    components.push_back({law.weights[k], law.labels[k], std::move(law.means[k]), covariance});
  const auto mixture =
      std::make_shared<const GaussianMixture>(std::move(components), static_cast<int>(law.class_names.size()));

  auto data = std::make_shared<Dataset>();
  data->name = law.name;
  data->sample_shape = Shape{static_cast<std::int64_t>(d)};
  data->classes = static_cast<int>(law.class_names.size());
  data->class_names = std::move(law.class_names);
  data->hash = std::move(law.hash);
  data->mixture = mixture;
  data->gaussian = [gaussian] { return gaussian; };
  data->draw = [mixture](std::uint64_t seed, std::int64_t first, std::int64_t count, int label) {
    const GaussianMixture::Draws draws = mixture->draw(seed, first, count, label < 0 ? kUnconditional : label);
    return Examples{draws.x.to(DType::f32), draws.labels};
  };
  data->exact = {{"mixture", "the law itself, a Gaussian mixture",
                  [mixture](const ExactRequest& r) { return mixture_denoiser(mixture, r.path); }}};
  return data;
}

}  // namespace ito::experiments
