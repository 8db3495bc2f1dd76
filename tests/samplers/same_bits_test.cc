// The same bytes for every solver, whatever the batch a sample is computed in and however many threads compute it:
// batches of 1 and of 1,000, float and double, on every path that it walks of three; with what it draws (counter noise,
// and one Brownian path), and with steps of its own for each sample where it is adaptive. Two numbers a sample are
// fewer than threads share out among themselves (65,536 elements): what several threads compute is tested on samples of
// 80 numbers, for one solver of each kind.
#include <algorithm>
#include <cstring>
#include <map>

#include "kernels/core/context.h"
#include "samplers/exact/mixture.h"
#include "samplers/factories.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using testing_support::walks;
using testing_support::WithThreads;

constexpr std::int64_t kSamples = 1000;

// The product's own exact denoiser: two labelled lumps in the plane.
Denoiser lumps(const PathPtr& path) {
  static const auto mixture = std::make_shared<const GaussianMixture>(
      std::vector<FullComponent>{{.weight = 0.4, .label = 0, .mean = {1.0, -0.6}, .covariance = {0.3, 0.1, 0.1, 0.2}},
                                 {.weight = 0.6, .label = 1, .mean = {-0.8, 0.4}, .covariance = {0.5, 0.0, 0.0, 0.4}}},
      2);
  return mixture_denoiser(mixture, path);
}

// A start where stochastic formulas exist on every path.
Grid short_grid(const Path& path) {
  return make_grid("uniform", path, 3, {{"t_start", path.t_max().value > 1 ? 10.0 : 0.9}});
}

struct Drawn {
  std::vector<std::byte> samples;
  std::vector<std::int64_t> evaluations;
};

Drawn drawn(const std::string& solver, const GivenParameters& given, const PathPtr& path, DType dtype,
            std::int64_t batch, int threads, bool brownian = false) {
  const WithThreads several(threads);
  std::vector<std::int32_t> labels;
  for (std::int64_t n = 0; n < kSamples; ++n) labels.push_back(static_cast<std::int32_t>(n % 3) - 1);
  SampleRequest request{.seed = 11, .count = kSamples, .batch = batch, .shape = {2}, .dtype = dtype};
  request.condition = Tensor::from(labels, {kSamples});
  request.brownian = brownian;
  const SampleResult result = sample(lumps(path), path, short_grid(*path), *make_solver(solver, given), request);
  Drawn out{{}, result.evaluations_of};
  with_float_type(dtype, [&]<class T>() {
    const auto bytes = std::as_bytes(result.samples.span<T>());
    out.samples.assign(bytes.begin(), bytes.end());
  });
  return out;
}

// What a solver is asked with: its defaults (of a restart, levels that the grid crosses), and the parameters of its
// claims, which reach its other formulas.
std::vector<GivenParameters> ways_of(const Entry& entry) {
  std::vector<GivenParameters> ways = {{}};
  if (entry.name == "restart") ways = {{{"restart_min", 3.5}, {"restart_max", 8.0}}};
  for (const OrderClaim& claim : entry.orders)
    if (std::find(ways.begin(), ways.end(), claim.parameters) == ways.end()) ways.push_back(claim.parameters);
  return ways;
}

TEST(SameBits, OnOneBrownianPath) {
  const PathPtr path = make_path("vp");
  int walked = 0;
  for (const Entry* entry : entries_of("solver")) {
    const bool stochastic = std::any_of(entry->orders.begin(), entry->orders.end(),
                                        [](const OrderClaim& claim) { return claim.kind != "ode"; });
    if (!stochastic || !walks(entry->name, path)) continue;
    ++walked;
    for (const OrderClaim& claim : entry->orders) {
      if (claim.kind != "strong") continue;
      const Drawn whole = drawn(entry->name, claim.parameters, path, DType::f32, kSamples, 1, true);
      const Drawn single = drawn(entry->name, claim.parameters, path, DType::f32, 1, 2, true);
      EXPECT_EQ(std::memcmp(whole.samples.data(), single.samples.data(), whole.samples.size()), 0) << entry->name;
      const Drawn counted = drawn(entry->name, claim.parameters, path, DType::f32, kSamples, 1);
      EXPECT_NE(std::memcmp(whole.samples.data(), counted.samples.data(), whole.samples.size()), 0) << entry->name;
    }
  }
  EXPECT_GE(walked, 3);
}

// A model of 80 numbers for each sample: every one is +1 or -1 as often.
Denoiser signs(const PathPtr& path) {
  return make_denoiser("signs", Prediction::sample, path,
                       [path](const Tensor& x, std::span<const double> times, const Tensor&) {
                         Tensor x0 = Tensor::like(x);
                         with_float_type(x.dtype(), [&]<class T>() {
                           const auto in = x.span<T>();
                           const auto out = x0.mutable_span<T>();
                           const std::size_t each = in.size() / static_cast<std::size_t>(x.dim(0));
                           for (std::size_t n = 0; n * each < in.size(); ++n) {
                             const Time t(times[times.size() == 1 ? 0 : n]);
                             const double slope = path->alpha(t) / (path->sigma(t) * path->sigma(t));
                             for (std::size_t i = n * each; i < (n + 1) * each; ++i)
                               out[i] = static_cast<T>(std::tanh(slope * static_cast<double>(in[i])));
                           }
                         });
                         return x0;
                       });
}

TEST(SameBits, WhereThreadsShareTheElements) {
  const PathPtr path = make_path("vp");
  const auto walked = [&](const std::string& solver, bool brownian, DType dtype, int threads) {
    const WithThreads several(threads);
    SampleRequest request{.seed = 11, .count = kSamples, .batch = kSamples, .shape = {80}, .dtype = dtype};
    request.brownian = brownian;
    return sample(signs(path), path, short_grid(*path), *make_solver(solver), request).samples;
  };
  for (const auto& [solver, brownian] : {std::pair{"ddim", false},
                                         {"dpm_solver_pp_2m", false},
                                         {"dpm_solver_pp_2m_sde", true},
                                         {"dormand_prince", false},
                                         {"predictor_corrector", false}})
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor whole = walked(solver, brownian, dtype, 1);
      for (const int threads : {2, 5}) {
        const Tensor other = walked(solver, brownian, dtype, threads);
        with_float_type(dtype, [&, name = solver]<class T>() {
          EXPECT_EQ(std::memcmp(whole.span<T>().data(), other.span<T>().data(), whole.span<T>().size_bytes()), 0)
              << name << ", " << dtype_name(dtype) << ", " << threads << " threads";
        });
      }
    }
}

TEST(SameBits, InBatchesOfOneAndAThousand) {
  for (const Entry* entry : entries_of("solver")) {
    int walked = 0;
    for (const char* path_name : {"vp", "flow", "edm"}) {
      const PathPtr path = make_path(path_name);
      if (!walks(entry->name, path)) continue;
      ++walked;
      for (const GivenParameters& given : ways_of(*entry))
        for (const DType dtype : {DType::f32, DType::f64}) {
          const Drawn whole = drawn(entry->name, given, path, dtype, kSamples, 1);
          for (const auto& [batch, threads] : {std::pair<std::int64_t, int>{kSamples, 2}, {1, 2}}) {
            const Drawn other = drawn(entry->name, given, path, dtype, batch, threads);
            EXPECT_EQ(std::memcmp(whole.samples.data(), other.samples.data(), whole.samples.size()), 0)
                << entry->name << " on " << path_name << ", " << dtype_name(dtype) << ", batches of " << batch << ", "
                << threads << " threads";
            EXPECT_EQ(whole.evaluations, other.evaluations) << entry->name << " on " << path_name;
          }
        }
    }
    EXPECT_GE(walked, 1) << entry->name;
  }
}

}  // namespace
}  // namespace ito
