#include "experiments/run/preview_field.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "autograd/arithmetic.h"
#include "experiments/metrics/clock_time.h"
#include "kernels/random/random.h"
#include "samplers/prediction.h"

namespace ito::experiments {
namespace {

constexpr double kTimes[] = {0.02, 0.1, 0.3, 0.8};
constexpr std::int64_t kAcross = 18;
constexpr std::int64_t kPoints = 600;
constexpr double kRoom = 1.1;  // the grid's half side, in that of the data

// A square grid around the points, [kAcross^2, 2].
Tensor grid_around(const Tensor& points) {
  const auto xy = points.span<float>();
  double half = 0;
  double centre[2] = {0, 0};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    float low = xy[axis], high = xy[axis];
    for (std::size_t i = axis; i < xy.size(); i += 2) low = std::min(low, xy[i]), high = std::max(high, xy[i]);
    centre[axis] = (double(low) + double(high)) / 2;
    half = std::max(half, kRoom * (double(high) - double(low)) / 2);
  }
  std::vector<float> at;
  for (std::int64_t row = 0; row < kAcross; ++row)
    for (std::int64_t column = 0; column < kAcross; ++column)
      for (const auto& [place, middle] : {std::pair{column, centre[0]}, std::pair{row, centre[1]}})
        at.push_back(static_cast<float>(middle + half * (2.0 * static_cast<double>(place) / (kAcross - 1) - 1)));
  return Tensor::from(at, Shape{kAcross * kAcross, 2});
}

Tensor noise_like(const Tensor& x, std::uint64_t seed, std::uint32_t step) {
  Tensor noise = Tensor::like(x);
  kernels::normal(context(x), RandomKey(seed, step, Stream::metric, 3), 0, x.dim(0), 2,
                  noise.mutable_span<float>().data());
  return noise;
}

}  // namespace

FieldPreview preview_field(const Path& path, const Denoiser& network, const Denoiser& exact, const Tensor& x0,
                           std::uint64_t seed) {
  const Tensor points = x0.slice_first(0, std::min(kPoints, x0.dim(0))).to(DType::f32);
  const Tensor at = grid_around(points), unconditional;
  std::vector<Tensor> of_network, of_exact, data;
  for (std::size_t i = 0; i < std::size(kTimes); ++i) {
    const Time t = clock_time(path, kTimes[i]);
    const double times[] = {t.value};
    const auto arrows = [&](const Denoiser& denoiser) {
      const Query query{.x = at, .times = times, .condition = unconditional};
      const Tensor predicted = denoiser.evaluate(query).prediction;
      const Tensor eps = convert(path, times, at, predicted, denoiser.prediction, Prediction::eps);
      return combine({{-path.sigma(t), eps}});
    };
    of_network.push_back(arrows(network));
    of_exact.push_back(arrows(exact));
    const Tensor noise = noise_like(points, seed, static_cast<std::uint32_t>(i));
    data.push_back(combine({{path.alpha(t), points}, {path.sigma(t), noise}}));
  }
  const auto stacked = [](const std::vector<Tensor>& parts) {
    return concatenate_first(parts).reshape({static_cast<std::int64_t>(parts.size()), parts[0].dim(0), 2});
  };
  return {.times = Tensor::from(std::vector<double>(std::begin(kTimes), std::end(kTimes)),
                                Shape{static_cast<std::int64_t>(std::size(kTimes))}),
          .at = at,
          .network = stacked(of_network),
          .exact = stacked(of_exact),
          .data = stacked(data)};
}

}  // namespace ito::experiments
