// Loss weights: the published forms on each prediction, and one loss whichever prediction carries it.
#include "experiments/training/loss_weight.h"

#include <cmath>

#include "kernels/core/error.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

constexpr Prediction kAll[] = {Prediction::eps, Prediction::sample, Prediction::v, Prediction::score,
                               Prediction::velocity};

double weight(LossWeight rule, Prediction p, const Path& path, double t) {
  return loss_weight({.rule = rule}, p, path, Time(t));
}

TEST(LossWeight, PublishedForms) {
  const PathPtr path = make_path("vp");
  for (const double t : {0.01, 0.3, 0.9}) {
    const double alpha = path->alpha(Time(t)), sigma = path->sigma(Time(t)), snr = alpha * alpha / (sigma * sigma);
    const auto w = [&](LossWeight rule, Prediction p) { return weight(rule, p, *path, t); };
    EXPECT_DOUBLE_EQ(w(LossWeight::min_snr, Prediction::sample), std::min(snr, 5.0));
    EXPECT_DOUBLE_EQ(w(LossWeight::min_snr, Prediction::eps), std::min(snr, 5.0) / snr);
    EXPECT_DOUBLE_EQ(w(LossWeight::min_snr, Prediction::v), std::min(snr, 5.0) / (snr + 1));
    EXPECT_DOUBLE_EQ(w(LossWeight::snr, Prediction::eps), 1);
    EXPECT_DOUBLE_EQ(w(LossWeight::snr, Prediction::sample), snr);
    EXPECT_NEAR(w(LossWeight::p2, Prediction::eps), 1 / (1 + snr), 1e-14);
    EXPECT_NEAR(w(LossWeight::sigmoid, Prediction::eps), 1 / (1 + snr * std::exp(-2.0)), 1e-14);
    const double s = sigma / alpha;
    EXPECT_NEAR(w(LossWeight::edm, Prediction::sample), (s * s + 0.25) / (s * s * 0.25), 1e-12 * snr);
    for (const Prediction p : kAll) EXPECT_EQ(w(LossWeight::uniform, p), 1);
  }
}

// An error e of x_0 at a fixed x_t is an error of each other prediction, by the conversions themselves; the weighted
// squares must agree.
TEST(LossWeight, OneLossWhicheverPredictionCarriesIt) {
  for (const char* name : {"vp", "flow", "cosine"})
    for (const double t : {0.05, 0.4, 0.8}) {
      const PathPtr path = make_path(name);
      for (const LossWeight rule :
           {LossWeight::snr, LossWeight::min_snr, LossWeight::p2, LossWeight::edm, LossWeight::sigmoid}) {
        const double expected = weight(rule, Prediction::sample, *path, t);
        for (const Prediction p : kAll) {
          const double c = conversion(*path, Time(t), Prediction::sample, p).prediction;
          EXPECT_NEAR(weight(rule, p, *path, t) * c * c, expected, 1e-9 * expected)
              << name << " t=" << t << " " << prediction_name(p);
        }
      }
    }
}

TEST(LossWeight, EndsAreLimitsOrRefused) {
  const PathPtr path = make_path("flow");  // alpha(1) = 0, sigma(0) = 0
  for (const LossWeight rule : {LossWeight::snr, LossWeight::min_snr, LossWeight::p2, LossWeight::sigmoid}) {
    EXPECT_NEAR(weight(rule, Prediction::eps, *path, 1), weight(rule, Prediction::eps, *path, 1 - 1e-9), 1e-6);
    EXPECT_NEAR(weight(rule, Prediction::velocity, *path, 1), weight(rule, Prediction::velocity, *path, 1 - 1e-9),
                1e-6);
  }
  EXPECT_DOUBLE_EQ(weight(LossWeight::edm, Prediction::sample, *path, 1), 4);
  EXPECT_THROW(weight(LossWeight::edm, Prediction::eps, *path, 1), InputError);
  EXPECT_THROW(weight(LossWeight::snr, Prediction::sample, *path, 0), InputError);
  EXPECT_EQ(weight(LossWeight::uniform, Prediction::sample, *path, 0), 1);
  // Clipped paths do not move at t = 1: no velocity, no error of it. On the way there the weight falls.
  for (const char* clipped : {"sigmoid", "laplace"}) {
    const PathPtr still = make_path(clipped);
    EXPECT_EQ(weight(LossWeight::min_snr, Prediction::velocity, *still, 1), 0);
    EXPECT_LT(weight(LossWeight::min_snr, Prediction::velocity, *still, 1 - 1e-6), 1e-6);
  }
}

TEST(LossWeight, NamesAreKnown) {
  for (const std::string& name : loss_weight_names())
    EXPECT_EQ(loss_weight_names()[static_cast<std::size_t>(loss_weight_from_name(name))], name);
  EXPECT_THROW(loss_weight_from_name("min-snr"), InputError);
}

}  // namespace
}  // namespace ito::experiments
