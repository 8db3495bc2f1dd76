#include "tests/samplers/grids/support.h"

namespace ito {
namespace {

using namespace testing_support;

void expect_times(const Grid& grid, const std::vector<double>& times, double tolerance = 4e-16) {
  ASSERT_EQ(grid.times().size(), times.size());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(grid.times()[i], times[i], tolerance) << i;
}

// u = numpy.linspace(0.999, 0, 7); 5 u/(1 + 4 u): Wan 2.1's get_sampling_sigmas at 6 steps, shift 5.
TEST(ShiftedGrid, IsWans) {
  expect_times(make_grid("shifted", *make_path("flow"), 6, {{"shift", 5.0}, {"t_start", 0.999}}),
               {0.9997998398718975, 0.9613163972286373, 0.9088427947598253, 0.8330553702468312, 0.7139794168096054,
                0.4996998799519808, 0.0});
}

// diffusers 0.42.1, FluxPipeline at 1024 tokens: sigmas linspace(1, 1/4, 4), mu 0.63, then 0; in float64.
TEST(ShiftedGrid, IsFluxs) {
  expect_times(make_grid("shifted", *make_path("flow"), 4, {{"tokens", std::int64_t{1024}}}),
               {1.0, 0.8492348306829303, 0.6524894621927445, 0.38494474881746926, 0.0});
}

// diffusers 0.42.1, FlowMatchEulerDiscreteScheduler(shift=3).set_timesteps(4): its least sigma, 0.001 shifted, is
// shifted again, so that the last step goes from 0.00893 and not 0.00299.
TEST(ShiftedGrid, IsFlowMatchEulersWithItsSecondShift) {
  const double least = 3.0 / 1002;
  expect_times(make_grid("shifted", *make_path("flow"), 4, {{"t_end", least}}),
               {1.0, 0.8576923076923076, 0.6021505376344086, 0.00892857142857143, 0.0});
}

TEST(ShiftedGrid, VisitsTheNoiseOfTheUniformGridOnTheShiftedPath) {
  for (const std::string base : {"flow", "vp", "ve"}) {
    const PathPtr path = make_path(base), other = make_path("shifted", {{"of", base}, {"shift", 4.0}});
    const Grid grid = make_grid("shifted", *path, 9, {{"shift", 4.0}}), uniform = make_grid("uniform", *other, 9);
    for (int i = 0; i <= 9; ++i) {
      EXPECT_NEAR(path->sigma(grid[i]), other->sigma(uniform[i]), 1e-14 * (1 + path->sigma(grid[i]))) << base << i;
      EXPECT_NEAR(path->alpha(grid[i]), other->alpha(uniform[i]), 1e-14) << base << i;
    }
  }
  EXPECT_EQ(make_grid("shifted", *make_path("flow"), 1).times(), (std::vector<double>{1.0, 0.0}));
  EXPECT_EQ(make_grid("shifted", *make_path("flow"), 2, {{"shift", 1.0}}).times(), (std::vector<double>{1, 0.5, 0}));
  EXPECT_EQ(message_of([] { make_grid("shifted", *make_path("edm"), 4); }),
            "grid 'shifted': it shifts the clock [0, 1]; that of path 'edm' runs from 0.002 to 80");
  EXPECT_THROW(make_grid("shifted", *make_path("flow"), 4, {{"t_start", 0.1}, {"t_end", 0.2}}), InputError);
  EXPECT_THROW(make_grid("shifted", *make_path("flow"), 4, {{"t_start", 1.5}}), InputError);
}

}  // namespace
}  // namespace ito
