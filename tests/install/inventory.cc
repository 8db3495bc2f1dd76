// What the installed library holds: every registered name, and DDIM's end points in double for three starts, to be
// compared with closed forms by tests/install_test.cc.
#include <autograd/arithmetic.h>
#include <samplers/factories.h>

#include <cstdio>

int main() {
  for (const ito::Entry* entry : ito::all_entries()) std::printf("%s %s\n", entry->kind.c_str(), entry->name.c_str());

  const double m = 3, s = 0.5;
  const ito::PathPtr path = ito::make_path("flow");
  const ito::Denoiser denoiser = ito::make_denoiser(
      "gaussian", ito::Prediction::sample, path,
      [&](const ito::Tensor& x, std::span<const double> times, const ito::Tensor&) {
        const double alpha = path->alpha(ito::Time(times[0])), sigma = path->sigma(ito::Time(times[0]));
        const double v = alpha * alpha * s * s + sigma * sigma;
        return ito::combine(
            {{alpha * s * s / v, x}, {sigma * sigma * m / v, ito::Tensor::full(x.shape(), 1, x.dtype())}});
      });
  ito::SampleRequest request;
  request.count = 3;
  request.shape = {1};
  request.dtype = ito::DType::f64;
  request.start = ito::Tensor::from(std::vector<double>{-2, 0, 1}, {3, 1});
  const ito::Grid grid = ito::make_grid("uniform", *path, 20);
  const auto ddim = ito::make_solver("ddim");
  const ito::SampleResult result = ito::sample(denoiser, path, grid, *ddim, request);
  for (const double x : result.samples.span<double>()) std::printf("sample %.17g\n", x);
  for (const double t : grid.times()) std::printf("time %.17g\n", t);
}
