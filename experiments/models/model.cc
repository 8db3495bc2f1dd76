#include "experiments/models/model.h"

#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/tape.h"

namespace ito::experiments {
namespace {

// What a network is given of a query, one entry a sample.
struct NetworkInput {
  Tensor x;                   // float
  std::vector<double> times;  // network's clock
  std::vector<double> scales;
};

NetworkInput network_input(const Path& path, const Query& query) {
  const auto n = static_cast<std::size_t>(query.x.dim(0));
  if (query.times.size() != 1 && query.times.size() != n)
    throw InputError("a network is asked at one common time, or at one time for each sample");
  NetworkInput input;
  bool scaled = false;
  for (const double t : query.times) {
    input.times.push_back(network_time(path, Time(t)));
    input.scales.push_back(input_scale(path, Time(t)));
    scaled = scaled || input.scales.back() != 1.0;
  }
  input.times.resize(n, input.times.empty() ? 0.0 : input.times.back());
  input.scales.resize(n, input.scales.empty() ? 1.0 : input.scales.back());
  const Tensor x = query.x.dtype() == DType::f32 ? query.x : query.x.to(DType::f32);
  input.x = x;
  if (scaled) {
    const SampleTerm term{input.scales, x};
    input.x = combine_per_sample(std::span(&term, 1));
  }
  return input;
}

}  // namespace

Tensor Model::forward(const Tensor&, std::span<const double>, const Tensor&) const {
  throw InputError("this model is a formula: it cannot be trained");
}

std::unique_ptr<Model> Model::share() const { throw InputError("this model is a formula: it cannot be trained"); }

double input_scale(const Path& path, Time t) {
  const double alpha = path.alpha(t), sigma = path.sigma(t);
  const double scale = 1 / std::sqrt(alpha * alpha + sigma * sigma);
  return std::abs(scale - 1) < 1e-12 ? 1.0 : scale;  // a variance-preserving path: 1 but for rounding
}

Denoiser network_denoiser(std::shared_ptr<const Model> network, std::string name, PathPtr path, int classes) {
  Denoiser denoiser;
  denoiser.name = std::move(name);
  denoiser.prediction = network->prediction();
  denoiser.path = path;
  denoiser.classes = classes;
  denoiser.evaluate = [network, path](const Query& query) {
    const NoGrad no_grad;
    const NetworkInput input = network_input(*path, query);
    const Tensor y = network->forward(input.x, input.times, query.condition);
    return Answer{y.dtype() == query.x.dtype() ? y : y.to(query.x.dtype()), {}};
  };
  // d f(s x) / d x = s f'(s x)
  denoiser.vjp = [network, path](const Query& query, const Tensor& v) {
    NetworkInput input = network_input(*path, query);
    Tensor x = input.x.clone();
    Tape::current().watch(x);
    const Tensor y = network->forward(x, input.times, query.condition);
    const Tensor dy = v.dtype() == DType::f32 ? v : v.to(DType::f32);
    const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, dy, std::span(&x, 1));
    const SampleTerm term{input.scales, gradients.front()};
    const Tensor dx = combine_per_sample(std::span(&term, 1));
    return dx.dtype() == query.x.dtype() ? dx : dx.to(query.x.dtype());
  };
  return denoiser;
}

}  // namespace ito::experiments
