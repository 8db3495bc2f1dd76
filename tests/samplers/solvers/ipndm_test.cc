#include "tests/samplers/solvers/ode_by_hand.h"

namespace ito {
namespace {

using namespace testing_support;

TEST(IpndmSolver, OfOrderOneIsDdim) {
  for (const char* name : {"vp", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    const std::vector<double> times = {0.8, 0.5, 0.35, 0.1};
    expect_same(walked("ipndm", {{"order", std::int64_t{1}}}, path, times), walked("ddim", {}, path, times), 1e-14,
                name);
  }
}

// The weights of diffusers' IPNDM on DDIM steps, unequal ones.
TEST(IpndmSolver, IsDdimWithAdamsBashforthsEps) {
  const std::vector<double> times = {0.9, 0.7, 0.6, 0.35, 0.3, 0.1};
  const std::vector<std::vector<long double>> weights = {
      {1}, {1.5L, -0.5L}, {23.0L / 12, -16.0L / 12, 5.0L / 12}, {55.0L / 24, -59.0L / 24, 37.0L / 24, -9.0L / 24}};
  for (const char* name : {"vp", "flow", "edm"})
    for (std::size_t order = 1; order <= 4; ++order) {
      const PathPtr path = make_path(name);
      State x = kStart;
      std::vector<State> outputs;  // newest first
      for (std::size_t i = 0; i + 1 < times.size(); ++i) {
        outputs.insert(outputs.begin(), eps_of(*path, x, times[i]));
        const std::size_t used = std::min(outputs.size(), order);
        State e(x.size(), 0.0L);
        for (std::size_t j = 0; j < used; ++j) e = sum({{1, e}, {weights[used - 1][j], outputs[j]}});
        x = ddim_by_hand(*path, x, e, times[i], times[i + 1]);
      }
      expect_state(walked("ipndm", {{"order", static_cast<std::int64_t>(order)}}, path, times), x, 1e-12,
                   std::string(name) + " " + std::to_string(order));
    }
}

TEST(IpndmSolver, FromPureNoiseIsDdimAndKeepsNoOutput) { expect_ddim_from_pure_noise("ipndm", {}); }

TEST(IpndmSolver, RefusesAnOrderItHasNot) {
  EXPECT_EQ(message_of([] {
              make_solver("ipndm", {{"order", std::int64_t{0}}});
            }),
            "solver 'ipndm': parameter 'order' is 0; expected 1 to 4");
}

}  // namespace
}  // namespace ito
