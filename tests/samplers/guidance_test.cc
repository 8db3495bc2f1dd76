#include "autograd/arithmetic.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

const PathPtr kVp = make_path("vp");

struct Batch {
  Tensor x = Tensor::from(std::vector<double>{0.4, -0.2, 1.5, 0.3, -2.0, 1.0, 0.1, 0.2}, {4, 2});
  Tensor labels = Tensor::from(std::vector<std::int32_t>{0, 1, -1, 1}, {4});
  std::vector<double> times = {0.2, 0.5, 0.6, 0.9};
};

Tensor x0_of(const Denoiser& denoiser, const Batch& batch) {
  return convert(*kVp, batch.times, batch.x, denoiser.evaluate({batch.x, batch.times, batch.labels}).prediction,
                 denoiser.prediction, Prediction::sample);
}

TEST(Guidance, CfgIsTheSameInEveryPrediction) {
  const Batch batch;
  const Tensor away = Tensor::from(std::vector<std::int32_t>{-1, -1, -1, -1}, {4});
  const Denoiser in_x0 = mixture_denoiser(kTwoLumps, kVp);
  const Tensor d_c = in_x0.evaluate({batch.x, batch.times, batch.labels}).prediction;
  const Tensor d_u = in_x0.evaluate({batch.x, batch.times, away}).prediction;
  for (const double w : {0.0, 0.5, 1.0, 3.0})
    for (const Prediction kind :
         {Prediction::eps, Prediction::sample, Prediction::v, Prediction::score, Prediction::velocity}) {
      const Denoiser guided = make_guidance("cfg", mixture_denoiser(kTwoLumps, kVp, kind), {{"w", w}});
      const Tensor got = x0_of(guided, batch);
      for (std::size_t i = 0; i < 8; ++i) {
        const double u = d_u.span<double>()[i], c = d_c.span<double>()[i];
        EXPECT_NEAR(got.span<double>()[i], u + w * (c - u), 1e-11) << "w " << w << " " << prediction_name(kind);
      }
    }
}

TEST(Guidance, OneDoubledBatchOrTwoCallsAreTheSameBits) {
  Batch batch;
  for (const bool one_time : {false, true}) {
    if (one_time) batch.times = {0.4};
    for (const std::int64_t negative : {-1, 1}) {
      int calls = 0;
      Denoiser model = mixture_denoiser(kTwoLumps, kVp, Prediction::eps);
      model.evaluate = [&calls, inner = model.evaluate](const Query& query) { return ++calls, inner(query); };
      const Denoiser doubled = make_guidance("cfg", model, {{"w", 2.5}, {"negative", negative}});
      const Denoiser twice = make_guidance("cfg", model, {{"w", 2.5}, {"negative", negative}, {"batched", false}});
      const Tensor a = doubled.evaluate({batch.x, batch.times, batch.labels}).prediction;
      EXPECT_EQ(calls, 1);
      const Tensor b = twice.evaluate({batch.x, batch.times, batch.labels}).prediction;
      EXPECT_EQ(calls, 3);
      EXPECT_EQ(std::memcmp(a.span<double>().data(), b.span<double>().data(), 8 * sizeof(double)), 0);
      EXPECT_EQ(doubled.evaluations_per_call, 2);
      EXPECT_EQ(twice.evaluations_per_call, 2);
    }
  }
}

TEST(Guidance, ANegativeLabelReplacesTheUnconditionalModel) {
  const Batch batch;
  const Tensor ones = Tensor::from(std::vector<std::int32_t>{1, 1, 1, 1}, {4});
  const Denoiser model = mixture_denoiser(kTwoLumps, kVp);
  const Tensor guided = make_guidance("cfg", model, {{"w", 0.0}, {"negative", std::int64_t{1}}})
                            .evaluate({batch.x, batch.times, batch.labels})
                            .prediction;
  const Tensor alone = model.evaluate({batch.x, batch.times, ones}).prediction;
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(guided.span<double>()[i], alone.span<double>()[i]);
}

TEST(Guidance, WeightOneIsTheModelAtItsOwnCost) {
  const Denoiser model = mixture_denoiser(kTwoLumps, kVp);
  EXPECT_EQ(make_guidance("cfg", model).evaluations_per_call, 1);
  EXPECT_EQ(make_guidance("none", model).evaluations_per_call, 1);
  EXPECT_EQ(make_guidance("none", model).name, model.name);
}

TEST(Guidance, WhatCannotBeGuidedIsRefused) {
  Denoiser model = mixture_denoiser(kTwoLumps, kVp);
  EXPECT_EQ(message_of([&] {
              make_guidance("cfg", model, {{"w", 2.0}, {"negative", std::int64_t{2}}});
            }),
            "guidance 'cfg': negative is 2; denoiser 'mixture' has 2 classes (-1: the unconditional model)");
  model.classes = 0;
  EXPECT_EQ(message_of([&] {
              make_guidance("cfg", model, {{"w", 2.0}});
            }),
            "guidance 'cfg': denoiser 'mixture' has no classes to guide towards; expected w = 1, or guidance 'none'");
  EXPECT_NO_THROW(make_guidance("cfg", model));
}

TEST(Guidance, CfgPullsGradientsThroughBothBranches) {
  const Batch batch;
  Denoiser model = mixture_denoiser(kTwoLumps, kVp);
  // A stand-in whose vjp is (label + 3) v: guided, (1 - w) 2 + w (label + 3).
  model.vjp = [](const Query& query, const Tensor& v) {
    std::vector<double> gains;
    for (const std::int32_t label : query.condition.span<std::int32_t>()) gains.push_back(label + 3.0);
    const SampleTerm terms[] = {{gains, v}};
    return combine_per_sample(terms);
  };
  for (const bool batched : {true, false}) {
    const Denoiser guided = make_guidance("cfg", model, {{"w", 2.0}, {"batched", batched}});
    const Tensor got = guided.vjp({batch.x, batch.times, batch.labels}, batch.x);
    for (std::size_t i = 0; i < 8; ++i)
      EXPECT_DOUBLE_EQ(got.span<double>()[i],
                       (2.0 * (batch.labels.span<std::int32_t>()[i / 2] + 3) - 2.0) * batch.x.span<double>()[i]);
  }
}

// A model that keeps state of each sample is told which samples it is asked about: of both branches, on another path,
// by a solver that leaves behind the samples that have arrived.
TEST(Guidance, TheModelKnowsWhichSamplesItIsAsked) {
  for (const bool batched : {true, false}) {
    std::vector<std::int64_t> asked;
    Denoiser model = mixture_denoiser(kTwoLumps, kVp, Prediction::eps);
    model.reset = [&](std::int64_t n) { asked.assign(static_cast<std::size_t>(n), 0); };
    model.evaluate = [&asked, inner = model.evaluate](const Query& query) {
      EXPECT_EQ(static_cast<std::int64_t>(query.rows.size()), query.x.dim(0));
      for (const std::int64_t row : query.rows) ++asked.at(static_cast<std::size_t>(row));
      return inner(query);
    };
    const Denoiser guided = make_guidance("cfg", model, {{"w", 2.5}, {"batched", batched}});
    const PathPtr trig = make_path("trig");
    const Grid grid(*trig, {0.8, 0.3, 0.1}, "grid 'two'");
    const SampleResult result = sample(guided, trig, grid, *make_solver("dormand_prince"),
                                       {.seed = 3,
                                        .count = 5,
                                        .shape = {2},
                                        .dtype = DType::f64,
                                        .condition = Tensor::from(std::vector<std::int32_t>{0, 1, 0, 1, 1}, {5})});
    const auto [least, most] = std::minmax_element(result.evaluations_of.begin(), result.evaluations_of.end());
    EXPECT_LT(*least, *most);
    for (std::size_t i = 0; i < 5; ++i) {
      const std::int64_t away = asked.at(batched ? 2 * i : i), towards = asked.at(batched ? 2 * i + 1 : i);
      EXPECT_EQ(away, towards) << i;
      EXPECT_EQ(batched ? away + towards : away, result.evaluations_of[i]) << i;
    }
  }
}

}  // namespace
}  // namespace ito
