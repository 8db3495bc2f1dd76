// Samples a law of one's own with DDIM: the installed library knows nothing of it but this function.
//
//   g++ own_denoiser.cc $(pkg-config --cflags --libs ito) -o own_denoiser
#include <autograd/arithmetic.h>
#include <samplers/factories.h>

#include <cmath>
#include <cstdio>

int main() {
  // Data: N(m, s^2). Its denoiser is E[x_0 | x_t] = (alpha s^2 x_t + sigma^2 m) / (alpha^2 s^2 + sigma^2).
  const double m = 3, s = 0.5;
  const ito::PathPtr path = ito::make_path("vp");
  const ito::Denoiser denoiser = ito::make_denoiser(
      "mine", ito::Prediction::sample, path,
      [&](const ito::Tensor& x, std::span<const double> times, const ito::Tensor& /*condition*/) {
        const double alpha = path->alpha(ito::Time(times[0])), sigma = path->sigma(ito::Time(times[0]));
        const double v = alpha * alpha * s * s + sigma * sigma;
        return ito::combine(
            {{alpha * s * s / v, x}, {sigma * sigma * m / v, ito::Tensor::full(x.shape(), 1, x.dtype())}});
      });

  ito::SampleRequest request;
  request.seed = 1;
  request.count = 1000;
  request.shape = {2};
  const ito::Grid grid = ito::make_grid("lambda", *path, 50);
  const auto ddim = ito::make_solver("ddim");
  const ito::SampleResult result = ito::sample(denoiser, path, grid, *ddim, request);

  double sum = 0, squares = 0;
  for (const float x : result.samples.span<float>()) sum += x, squares += (x - m) * (x - m);
  const auto n = static_cast<double>(result.samples.size());
  std::printf("mean %.3f, deviation %.3f, after %lld evaluations a sample\n", sum / n, std::sqrt(squares / n),
              static_cast<long long>(result.evaluations));
}
