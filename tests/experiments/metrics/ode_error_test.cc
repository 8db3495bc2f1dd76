// ode_error against an independent solution of the model's own ODE, and against a model that is not the data's.
#include "samplers/exact/reference_solution.h"
#include "tests/experiments/metrics/support.h"
#include "tests/samplers/analytic.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;
using testing_support::kTwoLumps;

constexpr std::int64_t kCount = 8;

class OdeError : public testing::Test {
 protected:
  OdeError() {
    asked_.data.hash = "law";
    asked_.samples = some_points(kCount, 2, 1);
    start_ = some_points(kCount, 2, 2);
  }
  MetricInput input(const Denoiser& model) const {
    MetricInput input = asked_.input();
    input.model = &model;
    input.path = vp_;
    input.grid = &grid_;
    input.start = &start_;
    return input;
  }

  const PathPtr vp_ = make_path("vp");
  Grid grid_{*vp_, {0.9, 0.5, 0.1}, "grid 'test'"};
  Tensor start_;
  Asked asked_;
};

TEST_F(OdeError, IsTheDistanceToTheModelsOwnFlow) {
  const Denoiser model = testing_support::mixture_denoiser(kTwoLumps, vp_, Prediction::v);
  const MetricValue found = measured(metric_of("ode_error"), input(model))["ode_error"];
  const auto x = exactly(asked_.samples), begin = exactly(start_);
  long double sum = 0;
  for (std::size_t i = 0; i < kCount; ++i)
    sum += square(x, i,
                  testing_support::exact_flow(kTwoLumps, *vp_, Time(0.9), Time(0.1), {begin[2 * i], begin[2 * i + 1]}),
                  0, 2);
  EXPECT_NEAR(found.value, static_cast<double>(std::sqrt(sum / kCount)), 1e-6);
  EXPECT_LT(*found.floor, 1e-5);
  EXPECT_TRUE(found.distance);
}

// Errors far below float's rounding are seen where the samples were computed in double.
TEST_F(OdeError, ReadsSamplesInTheTypeTheyWereComputedIn) {
  const Denoiser model = testing_support::mixture_denoiser(kTwoLumps, vp_);
  const ReferenceSolution solved = reference_solution(model, start_, Time(0.9), Time(0.1), {}, {.tolerance = 1e-12});
  asked_.samples = solved.x.to(DType::f32);
  MetricInput with = input(model);
  const Metric metric = metric_of("ode_error", {{"tolerance", 1e-12}});
  EXPECT_GT(measured(metric, with)["ode_error"].value, 1e-9);
  with.ends = &solved.x;
  EXPECT_LT(measured(metric, with)["ode_error"].value, 1e-10);
}

TEST_F(OdeError, RemembersASolutionByModelStartAndEnds) {
  int asked = 0;
  Denoiser model = testing_support::mixture_denoiser(kTwoLumps, vp_);
  model.evaluate = [&asked, inner = model.evaluate](const Query& query) {
    ++asked;
    return inner(query);
  };
  const Metric metric = metric_of("ode_error", {{"tolerance", 1e-3}});
  MetricInput with = input(model);
  const auto evaluations = [&] {
    asked = 0;
    metric(with);
    return asked;
  };
  const int once = evaluations();
  EXPECT_GT(once, 20);
  EXPECT_EQ(evaluations(), once) << "nothing says what the model is";
  with.model_key = "weights";
  EXPECT_GT(evaluations(), 0);
  EXPECT_EQ(evaluations(), 0);
  with.model_key = "other weights";
  EXPECT_GT(evaluations(), 0);
  const Grid shorter(*vp_, {0.9, 0.2}, "grid 'test'");
  with.grid = &shorter;
  EXPECT_GT(evaluations(), 0);
  const Tensor other = some_points(kCount, 2, 5);
  with.start = &other;
  EXPECT_GT(evaluations(), 0);
  asked_.condition = labels(std::vector<std::int32_t>(kCount, 1));
  MetricInput conditioned = input(model);
  conditioned.grid = &shorter;
  conditioned.start = &other;
  conditioned.model_key = "other weights";
  asked = 0;
  metric(conditioned);
  EXPECT_GT(asked, 0);
}

TEST_F(OdeError, SaysWhatIsMissing) {
  EXPECT_EQ(refusal([&] { metric_of("ode_error")(asked_.input()); }),
            "ode_error: the model and the noise that the samples started from are not known; a run knows its own");
  const PathPtr edm = make_path("edm");
  const Denoiser model = testing_support::mixture_denoiser(kTwoLumps, edm);
  const Grid clean(*edm, {3.0, 1.0, 0.0}, "grid 'test'");
  MetricInput with = input(model);
  with.path = edm;
  with.grid = &clean;
  EXPECT_EQ(
      refusal([&] { metric_of("ode_error")(with); }),
      "ode_error: the path 'edm' has no noise levels below 0.002 for the model to be asked at; end the grid above "
      "(grid.final = \"end\")");
}

}  // namespace
}  // namespace ito::experiments
