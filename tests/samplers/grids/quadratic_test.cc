#include "tests/samplers/grids/support.h"

namespace ito {
namespace {

using namespace testing_support;

// numpy: [int(v) for v in numpy.linspace(0, numpy.sqrt(1000 * 0.8), n)**2], DDIM's runners/diffusion.py.
TEST(QuadraticGrid, IsDdimsListOnCifar) {
  EXPECT_EQ(training_indices("quadratic", 10), (Indices{800, 632, 483, 355, 246, 158, 88, 39, 9, 0}));
  EXPECT_EQ(training_indices("quadratic", 2), (Indices{800, 0}));
  EXPECT_EQ(training_indices("quadratic", 1), (Indices{0}));
  const Grid grid = make_grid("quadratic", *make_path("ddpm_linear"), 20);
  EXPECT_EQ(grid.front().value, 0.801);
  EXPECT_EQ(grid.back().value, 0.0);
}

// floor(800 (i/15)^2) is whole at every third i; the published code's rounded roots give 31, 127, 287 and 511.
TEST(QuadraticGrid, WholeSquaresAreNotRoundedDown) {
  EXPECT_EQ(training_indices("quadratic", 16),
            (Indices{800, 696, 600, 512, 430, 355, 288, 227, 174, 128, 88, 56, 32, 14, 3, 0}));
}

TEST(QuadraticGrid, RepeatedIndicesAreRefusedOrAdvanced) {
  for (int n = 1; n < 30; ++n) EXPECT_EQ(training_indices("quadratic", n).size(), static_cast<std::size_t>(n));
  const PathPtr path = make_path("ddpm_linear");
  EXPECT_EQ(message_of([&] { make_grid("quadratic", *path, 30); }),
            "grid 'quadratic': training index 0 repeats with 30 steps of T = 1000; take fewer steps, or repeats = "
            "\"advance\"");
  const GivenParameters advance = {{"repeats", std::string("advance")}};
  const Indices fifty = training_indices("quadratic", 50, advance);
  EXPECT_EQ(Indices(fifty.end() - 10, fifty.end()), (Indices{26, 21, 16, 11, 8, 5, 3, 2, 1, 0}));
  for (const int n : {29, 30, 100, 500, 1000})
    EXPECT_EQ(training_indices("quadratic", n, advance).size(), static_cast<std::size_t>(n)) << n;
  EXPECT_EQ(training_indices("quadratic", 12, advance), training_indices("quadratic", 12));
  EXPECT_EQ(training_indices("quadratic", 1000, advance).front(), 999);
  EXPECT_EQ(training_indices("quadratic", 3, {{"T", std::int64_t{50}}}, 50), (Indices{40, 10, 0}));
  EXPECT_THROW(make_grid("quadratic", *path, 1001, advance), InputError);
  EXPECT_THROW(make_grid("quadratic", *make_path("edm"), 5), InputError);
}

}  // namespace
}  // namespace ito
