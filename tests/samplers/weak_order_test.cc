// Measured weak orders: mean and variance on Gaussian data, without sampling error, against the closed form of the
// nu-family (MATHS.md sections 3 and 7). Every "weak" claim in the registry is measured, for solvers yet to be written
// as well: the slowest of gain, mean and variance has the order that is claimed.
#include <cstdio>

#include "tests/samplers/stochastic.h"

namespace ito {
namespace {

using namespace testing_support;

struct Orders {
  double gain, mean, variance;
  double slowest() const { return std::min({gain, mean, variance}); }
};

Orders weak_orders(const std::string& solver, const GivenParameters& given, const std::string& path_name,
                   const std::string& clock, double nu, int coarsest) {
  const PathPtr path = make_path(path_name);
  std::vector<double> gain, mean, variance;
  for (int n = coarsest; n <= 32 * coarsest; n *= 2) {
    const LawErrors errors = law_errors(*make_solver(solver, given), path, equal_in(*path, -1, 1, n, clock), nu);
    gain.push_back(errors.gain);
    mean.push_back(errors.mean);
    variance.push_back(errors.variance);
  }
  return {order_or_exact(gain), order_or_exact(mean), order_or_exact(variance)};
}

std::string text_of(const GivenParameters& given) {
  std::string text;
  for (const auto& [name, value] : given) text += " " + name + "=" + value_text(value);
  return text;
}

TEST(WeakOrder, EverySolverHasThoseThatItClaims) {
  const WithThreads one(1);
  int seen = 0;
  for (const Entry* entry : entries_of("solver"))
    for (const OrderClaim& claim : entry->orders) {
      if (claim.kind != "weak") continue;
      int walked = 0;
      for (const char* path : {"vp", "flow", "edm"}) {
        if (!walks(entry->name, make_path(path))) continue;
        ++walked;
        const auto orders = [&](int coarsest) {
          return weak_orders(entry->name, claim.parameters, path, claim.clock, claim.nu, coarsest);
        };
        Orders found = orders(32);
        // Multistep methods come to their order late: what they forget of their start is as large at first.
        if (std::abs(found.slowest() - claim.order) > 0.15) found = orders(128);
        EXPECT_NEAR(found.slowest(), claim.order, 0.15)
            << entry->name << text_of(claim.parameters) << " nu " << claim.nu << " on " << path << ": gain "
            << found.gain << ", mean " << found.mean << ", variance " << found.variance;
        if (std::getenv("ITO_PRINT_ORDERS"))
          std::printf("weak   %-28s%-42s nu %.2f %-5s gain %.2f mean %.2f variance %.2f\n", entry->name.c_str(),
                      text_of(claim.parameters).c_str(), claim.nu, path, found.gain, found.mean, found.variance);
      }
      EXPECT_GE(walked, 1) << entry->name;
      ++seen;
    }
  EXPECT_GE(seen, 12);
}

// The posterior step's gain is that of the SDE at every step size.
TEST(WeakOrder, TheGainOfDdpmIsExact) {
  const WithThreads one(1);
  for (const char* name : {"vp", "cosine", "flow", "edm"}) {
    const PathPtr path = make_path(name);
    for (const auto& [solver, given] :
         std::vector<std::pair<std::string, GivenParameters>>{{"ddpm", {}},
                                                              {"ddpm", {{"variance", std::string("fixed_large")}}},
                                                              {"ddim", {{"eta", 1.0}}},
                                                              {"euler_ancestral", {}}})
      EXPECT_LT(law_errors(*make_solver(solver, given), path, equal_in(*path, -1, 1, 7, "lambda"), 1).gain, 1e-12)
          << solver << " on " << name;
  }
}

// For data N(0, I) the large variance is right at every step size on a path that preserves variance: nothing is left
// to converge.
TEST(WeakOrder, FixedLargeIsExactOnStandardNormalData) {
  const PathPtr path = make_path("vp");
  const auto solver = make_solver("ddpm", {{"variance", std::string("fixed_large")}});
  EXPECT_NEAR(law_of(*solver, path, equal_in(*path, -2, 2, 4, "time"), 0, 1).variance, 1.0, 1e-13);
}

}  // namespace
}  // namespace ito
