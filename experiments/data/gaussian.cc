// An anisotropic Gaussian of any dimension: samplers that are affine can be judged on it without sampling error.
//
//   x = m + H diag(s)^(1/2) z,   s_j = condition^(-j / (D - 1)),   H = I - (2 / D) 1 1^T
//
// (H is a reflection: the covariance is H diag(s) H), scaled so that the mean variance of a coordinate is 1.
#include <fmt/format.h>

#include <cmath>

#include "experiments/data/point_law.h"
#include "kernels/core/math.h"
#include "samplers/exact/gaussian.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;

// Standard deviations along the axes before the reflection.
std::vector<double> deviations(std::int64_t d, double condition) {
  std::vector<double> s;
  double sum = 0;
  for (std::int64_t j = 0; j < d; ++j) {
    const double exponent = d == 1 ? 0 : -static_cast<double>(j) / static_cast<double>(d - 1);
    s.push_back(math::exp(exponent * math::log(condition)));
    sum += s.back();
  }
  for (double& v : s) v = std::sqrt(v * static_cast<double>(d) / sum);
  return s;
}

std::vector<double> covariance(const std::vector<double>& deviation) {
  const std::size_t d = deviation.size();
  const double c = 2.0 / static_cast<double>(d);
  double trace = 0;
  for (const double s : deviation) trace += s * s;
  std::vector<double> s(d * d);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t j = 0; j < d; ++j)
      s[i * d + j] = (i == j ? deviation[i] * deviation[i] : 0) -
                     c * (deviation[i] * deviation[i] + deviation[j] * deviation[j]) + c * c * trace;
  return s;
}

std::shared_ptr<const Dataset> make_gaussian(const Parameters& p) {
  const std::int64_t d = p.integer("dim");
  const double mean = p.number("mean");
  const std::vector<double> deviation = deviations(d, p.number("condition"));
  PointLaw law;
  law.name = "gaussian";
  law.dimension = d;
  law.hash = law_hash(law.name, kNumerics, p);
  law.formula = [=](const PointNumbers& n, double* x) {
    double sum = 0;
    for (std::size_t j = 0; j < deviation.size(); ++j) {
      x[j] = deviation[j] * n.z[j];
      sum += x[j];
    }
    const double shift = mean - 2 * sum / static_cast<double>(d);
    for (std::size_t j = 0; j < deviation.size(); ++j) x[j] += shift;
  };
  const std::shared_ptr<Dataset> data = point_dataset(std::move(law));
  const auto exact =
      std::make_shared<const Gaussian>(std::vector<double>(deviation.size(), mean), covariance(deviation));
  data->exact = {
      {"gaussian", "the law itself", [exact](const ExactRequest& r) { return gaussian_denoiser(exact, r.path); }}};
  data->gaussian = [exact] { return exact; };
  return data;
}

const Register<Dataset> gaussian{
    {.name = "gaussian",
     .summary = "an anisotropic Gaussian of any dimension; its denoiser and its probability flow are exact",
     .formula = "x = mean + H diag(s)^(1/2) z,  s_j = condition^(-j / (dim - 1)),  H a reflection",
     .parameters = {{"dim", std::int64_t{2}, "coordinates", 1, 4096},
                    {"condition", 10.0, "largest variance over smallest", 1, 1e12},
                    {"mean", 0.0, "mean of every coordinate", -1e6, 1e6}},
     .numerics = kNumerics},
    make_gaussian};

}  // namespace
}  // namespace ito::experiments
