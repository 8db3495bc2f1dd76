#include "tests/samplers/grids/support.h"

namespace ito {
namespace {

using namespace testing_support;

// scipy 1.17.1: scipy.stats.beta.ppf(1 - i/8, 0.6, 0.6), i = 1 .. 7.
TEST(BetaGrid, StandsAtTheQuantiles) {
  const std::vector<double> quantiles = {1.0, 0.942843636377586,  0.824319621347305,   0.6706185042786161,
                                         0.5, 0.3293814957213838, 0.17568037865269498, 0.05715636362241408,
                                         0.0};
  const Grid flow = make_grid("beta", *make_path("flow"), 8), edm = make_grid("beta", *make_path("edm"), 8);
  const Grid part =
      make_grid("beta", *make_path("vp"), 8, {{"t_start", 0.9}, {"t_end", 0.1}, {"final", std::string("end")}});
  for (int i = 0; i <= 8; ++i) {
    const double q = quantiles[static_cast<std::size_t>(i)];
    EXPECT_NEAR(flow[i].value, q, 2e-13) << i;
    EXPECT_NEAR(edm[i].value, 80 * q, 2e-11) << i;
    EXPECT_NEAR(part[i].value, 0.1 + 0.8 * q, 2e-13) << i;
  }
  EXPECT_EQ(flow.front().value, 1.0);
  EXPECT_EQ(flow.back().value, 0.0);
  // a = b = 1 is uniform.
  const Grid even = make_grid("beta", *make_path("flow"), 5, {{"a", 1.0}, {"b", 1.0}});
  for (int i = 0; i <= 5; ++i) EXPECT_NEAR(even[i].value, 1 - i / 5.0, 1e-14) << i;
  // With t_end above 0 the clean end follows the spacing.
  const Grid clean = make_grid("beta", *make_path("flow"), 3, {{"t_end", 0.1}});
  EXPECT_NEAR(clean[1].value, 0.55, 1e-14);
  EXPECT_NEAR(clean[2].value, 0.1, 1e-15);
  EXPECT_EQ(clean.back().value, 0.0);
  EXPECT_EQ(make_grid("beta", *make_path("ve"), 1).times(), (std::vector<double>{1.0, kBeyondTheClock}));
}

// diffusers 0.42.1's _convert_to_beta on Stable Diffusion's sigmas, n = 5, recomputed in float64.
TEST(BetaGrid, InSigmaItIsDiffusers) {
  const PathPtr path = make_path("scaled_linear");
  const GivenParameters in_sigma = {{"in", std::string("sigma")}};
  const Grid grid = make_grid("beta", *path, 5, in_sigma);
  const std::vector<double> sigmas = {14.614641229333639, 12.052259621679335, 7.321904193742681, 2.5915487658060243,
                                      0.029167158151720367};
  for (int i = 0; i < 5; ++i)
    EXPECT_NEAR(std::exp(-path->lambda(grid[i]).value) / sigmas[static_cast<std::size_t>(i)], 1.0, 1e-11) << i;
  EXPECT_EQ(grid.back().value, 0.0);
  EXPECT_EQ(make_grid("beta", *path, 1, in_sigma).times(), (std::vector<double>{1.0, 0.0}));
  GivenParameters given = in_sigma;
  given["sigma_max"] = 10.0, given["sigma_min"] = 2.0, given["final"] = std::string("end");
  const Grid open = make_grid("beta", *path, 2, given);
  EXPECT_NEAR(std::exp(-path->lambda(open[1]).value), 6.0, 1e-12);
  EXPECT_NEAR(std::exp(-path->lambda(open[2]).value), 2.0, 1e-12);
  given["sigma_min"] = 20.0;
  EXPECT_THROW(make_grid("beta", *path, 2, given), InputError);
}

}  // namespace
}  // namespace ito
