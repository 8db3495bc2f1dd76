// Loss weights: the published forms on each prediction, and one loss whichever prediction carries it.
#include "experiments/training/loss_weight.h"

#include <algorithm>
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

// Each rule's formula on each prediction, written out; on paths with alpha^2 + sigma^2 = 1 and without.
TEST(LossWeight, FormulasOnEveryPrediction) {
  const LossWeightOptions o{.min_snr_gamma = 3, .p2_k = 0.7, .p2_gamma = 0.5, .sigma_data = 0.4, .sigmoid_bias = 1.5};
  for (const char* name : {"vp", "flow", "sub_vp"})
    for (const double t : {0.07, 0.45, 0.93}) {
      const PathPtr path = make_path(name);
      const double a = path->alpha(Time(t)), s = path->sigma(Time(t)), snr = a * a / (s * s);
      const double turn = a * path->d_sigma(Time(t)) - path->d_alpha(Time(t)) * s;  // W of MATHS.md section 2
      // On x_0, and what it is divided by on each other prediction.
      const std::vector<std::pair<LossWeight, double>> on_sample = {
          {LossWeight::snr, snr},
          {LossWeight::min_snr, std::min(snr, 3.0)},
          {LossWeight::p2, snr / std::sqrt(0.7 + snr)},
          {LossWeight::edm, (s * s / (a * a) + 0.16) / (s * s / (a * a) * 0.16)},
          {LossWeight::sigmoid, snr / (1 + snr * std::exp(-1.5))}};
      const std::vector<std::pair<Prediction, double>> divisors = {
          {Prediction::sample, 1},
          {Prediction::eps, snr},
          {Prediction::v, (a * a + s * s) * (a * a + s * s) / (s * s)},
          {Prediction::score, a * a / (s * s * s * s)},
          {Prediction::velocity, turn * turn / (s * s)}};
      for (const auto& [rule, weight_on_sample] : on_sample)
        for (const auto& [prediction, divisor] : divisors) {
          LossWeightOptions options = o;
          options.rule = rule;
          EXPECT_NEAR(loss_weight(options, prediction, *path, Time(t)) * divisor / weight_on_sample, 1, 1e-12)
              << name << " " << t << " " << loss_weight_names()[static_cast<std::size_t>(rule)] << " "
              << prediction_name(prediction);
        }
    }
}

TEST(LossWeight, EveryRuleIsListed) {
  std::vector<std::string> listed, known = loss_weight_names();
  for (const Entry* entry : entries_of("loss_weight")) {
    listed.push_back(entry->name);
    EXPECT_EQ(maker<LossWeight>(entry->name), loss_weight_from_name(entry->name));
    EXPECT_FALSE(entry->summary.empty() || entry->formula.empty() || entry->paper.empty()) << entry->name;
  }
  std::sort(known.begin(), known.end());
  EXPECT_EQ(listed, known);
  EXPECT_EQ(Parameters(find_entry("loss_weight", "p2"), {}).number("p2_gamma"), LossWeightOptions{}.p2_gamma);
}

TEST(LossWeight, NamesAreKnown) {
  for (const std::string& name : loss_weight_names())
    EXPECT_EQ(loss_weight_names()[static_cast<std::size_t>(loss_weight_from_name(name))], name);
  EXPECT_THROW(loss_weight_from_name("min-snr"), InputError);
}

}  // namespace
}  // namespace ito::experiments
