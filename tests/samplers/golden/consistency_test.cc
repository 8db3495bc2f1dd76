// The loops of distilled models against diffusers' LCMScheduler and TCDScheduler.
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/posterior.npz";

TEST(GoldenConsistency, Lcm) {
  const GivenParameters with_boundary = {{"boundary", true}};
  expect_all(kFile, {{.name = "lcm", .solver = "lcm", .given = with_boundary, .path = "scaled_linear"},
                     {.name = "lcm_v",
                      .solver = "lcm",
                      .given = with_boundary,
                      .path = "scaled_linear",
                      .prediction = Prediction::v}});
}

TEST(GoldenConsistency, Tcd) {
  const auto gamma = [](double value) {
    return GivenParameters{{"gamma", value}, {"training_times", std::int64_t{1000}}};
  };
  expect_all(kFile, {{.name = "tcd", .solver = "tcd", .given = gamma(0.3), .path = "scaled_linear"},
                     {.name = "tcd_eta_0",
                      .solver = "tcd",
                      .given = gamma(0.0),
                      .path = "scaled_linear",
                      .prediction = Prediction::sample},
                     {.name = "tcd_eta_1_v",
                      .solver = "tcd",
                      .given = gamma(1.0),
                      .path = "scaled_linear",
                      .prediction = Prediction::v}});
}

}  // namespace
}  // namespace ito
