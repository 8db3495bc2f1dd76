#include "tests/samplers/grids/support.h"

namespace ito {
namespace {

using namespace testing_support;
using Numbers = std::vector<double>;

TEST(GivenGrid, IsWhatIsGiven) {
  const PathPtr vp = make_path("vp"), edm = make_path("edm"), ve = make_path("ve");
  EXPECT_EQ(make_grid("given", *vp, 3, {{"times", Numbers{1, 0.5, 0.25, 0}}}).times(), (Numbers{1, 0.5, 0.25, 0}));
  EXPECT_EQ(make_grid("given", *ve, 2, {{"times", Numbers{1, 0.5, 0}}}).times(), (Numbers{1, 0.5, kBeyondTheClock}));
  EXPECT_EQ(make_grid("given", *edm, 1, {{"times", Numbers{80, 0.1}}}).times(), (Numbers{80, 0.1}));
  const Grid sigmas = make_grid("given", *vp, 3, {{"sigmas", Numbers{10, 3, 0.1, 0}}});
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(std::exp(-vp->lambda(sigmas[i]).value), (Numbers{10, 3, 0.1})[static_cast<std::size_t>(i)], 1e-13);
  EXPECT_EQ(sigmas.back().value, 0.0);
  EXPECT_EQ(make_grid("given", *edm, 2, {{"sigmas", Numbers{14.6, 2, 0}}}).back().value, 0.0);
}

TEST(GivenGrid, RefusesWhatIsNoGrid) {
  const auto message = [](int steps, const GivenParameters& given) {
    return message_of([&] { make_grid("given", *make_path("vp"), steps, given); });
  };
  EXPECT_EQ(message(2, {}), "grid 'given': neither of times and sigmas are given; expected one list");
  EXPECT_EQ(message(1, {{"times", Numbers{1, 0}}, {"sigmas", Numbers{1, 0}}}),
            "grid 'given': both of times and sigmas are given; expected one list");
  EXPECT_EQ(message(50, {{"times", Numbers{1, 0.5, 0}}}),
            "grid 'given': times has 3 numbers, steps is 50; expected 51, one more than there are steps");
  EXPECT_EQ(message(2, {{"times", Numbers{1, 1, 0}}}),
            "grid 'given' on path 'vp': times must fall, but time 1 is 1 after 1");
  EXPECT_EQ(message(2, {{"times", Numbers{0.5, 0.7, 0}}}),
            "grid 'given' on path 'vp': times must fall, but time 1 is 0.7 after 0.5");
  EXPECT_EQ(message(2, {{"times", Numbers{2, 1, 0}}}), "grid 'given' on path 'vp': time 0 is 2; expected 0 to 1");
  EXPECT_EQ(message(1, {{"sigmas", Numbers{1000, 0}}}).substr(0, 22), "path 'vp': lambda -6.9");
  EXPECT_EQ(message(2, {{"sigmas", Numbers{1, 0, 0}}}),
            "grid 'given' on path 'vp': times must fall, but time 2 is 0 after 0");
}

}  // namespace
}  // namespace ito
