#include "experiments/models/model.h"

#include <algorithm>
#include <cmath>

#include "autograd/arithmetic.h"
#include "autograd/ops/ops.h"
#include "autograd/shards.h"
#include "autograd/tape.h"
#include "kernels/core/parallel.h"

namespace ito::experiments {
namespace {

// A query as a network takes it.
struct Asked {
  Tensor x;
  std::vector<double> times, lambda, scales;  // one a sample
  Tensor condition;

  NetworkInput input() const { return {x, times, lambda, condition}; }
};

Asked asked_of(const Path& path, const Query& query) {
  const auto n = static_cast<std::size_t>(query.x.dim(0));
  if (query.times.size() != 1 && query.times.size() != n)
    throw InputError("a network is asked at one common time, or at one time for each sample");
  if (query.condition.defined() && query.condition.size() != query.x.dim(0))
    throw InputError("a network is given one label for each sample");
  Asked asked;
  bool scaled = false;
  for (const double t : query.times) {
    asked.times.push_back(network_time(path, Time(t)));
    asked.lambda.push_back(path.lambda(Time(t)).value);
    asked.scales.push_back(input_scale(path, Time(t)));
    scaled = scaled || asked.scales.back() != 1.0;
  }
  if (query.times.size() == 1) {
    asked.times.resize(n, asked.times.front());
    asked.lambda.resize(n, asked.lambda.front());
    asked.scales.resize(n, asked.scales.front());
  }
  asked.x = query.x.dtype() == DType::f32 ? query.x : query.x.to(DType::f32);
  if (scaled) {
    const SampleTerm term{asked.scales, asked.x};
    asked.x = combine_per_sample(std::span(&term, 1));
  }
  asked.condition = query.condition;
  return asked;
}

// forward(), where it is cheaper so, in pieces that one thread computes each.
Tensor forward_in_pieces(const Model& network, const Asked& asked) {
  const std::int64_t n = asked.x.dim(0), most = network.samples_at_a_time(), threads = default_context().threads;
  if (most == 0 || n < 2 || (threads == 1 && n <= most)) return network.forward(asked.input());
  const Context team{.device = asked.x.device(), .threads = static_cast<int>(threads), .scratch = {}};
  // As many pieces for each thread, as long as that leaves none without a sample.
  const std::int64_t rounds = (n + threads * most - 1) / (threads * most);
  const std::int64_t piece = (n + threads * rounds - 1) / (threads * rounds), pieces = (n + piece - 1) / piece;
  std::vector<Tensor> parts(static_cast<std::size_t>(pieces));
  parallel_items(team, pieces, [&](int, std::int64_t i) {
    const OneThread one;
    const NoGrad no_grad;
    const std::int64_t begin = i * piece, end = std::min(n, begin + piece);
    const auto first = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
    parts[static_cast<std::size_t>(i)] =
        network.forward({.x = asked.x.slice_first(begin, end),
                         .times = std::span(asked.times).subspan(first, count),
                         .lambda = std::span(asked.lambda).subspan(first, count),
                         .condition = asked.condition.defined() ? asked.condition.slice_first(begin, end) : Tensor()});
  });
  return concatenate(parts, Axis::first);
}

}  // namespace

Tensor Model::forward(const NetworkInput&) const { throw InputError("this model is a formula: it cannot be trained"); }

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
    const Tensor y = forward_in_pieces(*network, asked_of(*path, query));
    return Answer{y.dtype() == query.x.dtype() ? y : y.to(query.x.dtype()), {}};
  };
  // d f(s x) / d x = s f'(s x)
  denoiser.vjp = [network, path](const Query& query, const Tensor& v) {
    Asked asked = asked_of(*path, query);
    Tensor x = asked.x.clone();
    Tape::current().watch(x);
    asked.x = x;
    const Tensor y = network->forward(asked.input());
    const Tensor dy = v.dtype() == DType::f32 ? v : v.to(DType::f32);
    const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, dy, std::span(&x, 1));
    const SampleTerm term{asked.scales, gradients.front()};
    const Tensor dx = combine_per_sample(std::span(&term, 1));
    return dx.dtype() == query.x.dtype() ? dx : dx.to(query.x.dtype());
  };
  return denoiser;
}

}  // namespace ito::experiments
