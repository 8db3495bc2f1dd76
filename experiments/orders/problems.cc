#include "experiments/orders/problems.h"

#include "samplers/exact/mixture.h"
#include "samplers/registry.h"

namespace ito::experiments {
namespace {

FullComponent round_component(double weight, std::vector<double> mean, double deviation) {
  const std::size_t d = mean.size();
  std::vector<double> covariance(d * d, 0.0);
  for (std::size_t i = 0; i < d; ++i) covariance[i * d + i] = deviation * deviation;
  return {.weight = weight, .mean = std::move(mean), .covariance = std::move(covariance)};
}

ExactProblem mixture_problem(const std::string& name, const std::vector<FullComponent>& components) {
  const auto mixture = std::make_shared<const GaussianMixture>(components, 0);
  return {.name = name, .dimension = mixture->dimension(), .denoiser = [mixture](PathPtr path) {
            return mixture_denoiser(mixture, std::move(path));
          }};
}

}  // namespace

const std::vector<ExactProblem>& exact_problems() {
  static const std::vector<ExactProblem> problems = [] {
    std::vector<ExactProblem> list;
    list.push_back(mixture_problem("two_lumps",
                                   {round_component(0.35, {1.0, -0.6}, 0.5), round_component(0.65, {-0.8, 0.4}, 0.7)}));
    list.push_back(mixture_problem("three_lumps", {round_component(0.5, {-1.3}, 0.4), round_component(0.2, {0.2}, 0.6),
                                                   round_component(0.3, {1.1}, 0.5)}));
    const auto gaussian =
        std::make_shared<const Gaussian>(std::vector<double>{0.6, -0.3}, std::vector<double>{0.45, 0.2, 0.2, 0.3});
    list.push_back({.name = "gaussian",
                    .linear = true,
                    .dimension = 2,
                    .denoiser = [gaussian](PathPtr path) { return gaussian_denoiser(gaussian, std::move(path)); },
                    .gaussian = gaussian});
    return list;
  }();
  return problems;
}

const ExactProblem& exact_problem(const std::string& name) {
  std::vector<std::string> names;
  for (const ExactProblem& problem : exact_problems()) {
    if (problem.name == name) return problem;
    names.push_back(problem.name);
  }
  throw InputError("no exact problem is called '" + name + "'; nearest: " + nearest_name(name, names) +
                   " (two_lumps, three_lumps, gaussian)");
}

Tensor ExactProblem::directions() const {
  const std::vector<std::vector<double>> all = {{1.2, 0.3}, {-0.7, 0.9}, {0.1, -1.4}, {0.4, 0.2}};
  std::vector<double> rows;
  for (const auto& direction : all) rows.insert(rows.end(), direction.begin(), direction.begin() + dimension);
  return Tensor::from(rows, {static_cast<std::int64_t>(all.size()), dimension});
}

}  // namespace ito::experiments
