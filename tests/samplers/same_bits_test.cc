// The same bytes for every solver, whatever the batch a sample is computed in and however many threads compute it:
// batches of 1 and of 1,000, threads 1 and 2, float and double, on every path that it walks of three; with what it
// draws (counter noise, and one Brownian path), and with steps of its own for each sample where it is adaptive.
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

TEST(SameBits, InBatchesOfOneAndAThousandOnOneThreadAndTwo) {
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
