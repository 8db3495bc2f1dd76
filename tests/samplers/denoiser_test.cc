#include "samplers/denoiser.h"

#include "autograd/arithmetic.h"
#include "tests/samplers/analytic.h"

namespace ito {
namespace {

using namespace testing_support;

Tensor points() { return Tensor::from(std::vector<double>{0.4, -0.2, 1.5, 0.3, -2.0, 1.0}, {3, 2}); }

void expect_near(const Tensor& a, const Tensor& b, double tolerance, const std::string& where = "") {
  ASSERT_TRUE(a.shape() == b.shape()) << where;
  for (std::size_t i = 0; i < a.span<double>().size(); ++i)
    EXPECT_NEAR(a.span<double>()[i], b.span<double>()[i], tolerance) << where << " element " << i;
}

// One network, every path: what is trained on one serves all, wherever their lambdas overlap.
TEST(Denoiser, AdaptedEqualsTheSameDataOnTheOtherPath) {
  const std::vector<std::string> names = all_paths();
  for (const std::string& from : names)
    for (const std::string& to : names)
      for (const Prediction kind :
           {Prediction::eps, Prediction::sample, Prediction::v, Prediction::score, Prediction::velocity}) {
        const PathPtr a = make_path(from), b = make_path(to);
        const Denoiser there = adapt(mixture_denoiser(kTwoLumps, a, kind), b);
        const Denoiser native = mixture_denoiser(kTwoLumps, b);
        const double times[] = {b->time(Lambda(-1.3)).value, b->time(Lambda(0.2)).value, b->time(Lambda(2.0)).value};
        const Tensor x = points();
        const Tensor got = there.evaluate({x, times, {}}).prediction;
        Tensor x0 = convert(*b, times, x, got, there.prediction, Prediction::sample);
        expect_near(x0, native.evaluate({x, times, {}}).prediction, 1e-12, from + " -> " + to);
        // One time for all gives the sample that stands there the same bits.
        const Tensor common = there.evaluate({x, {times, 1}, {}}).prediction;
        EXPECT_EQ(common.span<double>()[0], got.span<double>()[0]);
      }
}

TEST(Denoiser, OutsideTheRangeIsRefusedOrClamped) {
  const PathPtr vp = make_path("vp"), flow = make_path("flow");
  const Denoiser trained = mixture_denoiser(kTwoLumps, vp);
  const double one[] = {1.0};
  const Tensor x = points();
  EXPECT_EQ(
      message_of([&] {
        adapt(trained, flow).evaluate({x, one, {}});
      }),
      "denoiser 'mixture' knows path 'vp' for lambda from -5.024978406659204 to inf; path 'flow' at time 1 asks for "
      "lambda -inf");
  // Pure noise of flow stands nearest to vp's noisiest time, with vp's noise.
  const Denoiser clamped = adapt(trained, flow, true);
  const double sigma = vp->sigma(Time(1.0));
  const Tensor at_end = trained.evaluate({combine({{sigma, x}}), one, {}}).prediction;
  expect_near(clamped.evaluate({x, one, {}}).prediction, at_end, 1e-14);
  // Below edm's sigma_min the data is matched: x_0 at sigma_min.
  const PathPtr edm = make_path("edm");
  const Denoiser low = adapt(mixture_denoiser(kTwoLumps, edm), flow, true);
  const double tiny[] = {1e-5}, least[] = {0.002};
  expect_near(low.evaluate({x, tiny, {}}).prediction,
              mixture_denoiser(kTwoLumps, edm).evaluate({combine({{1 / (1 - 1e-5), x}}), least, {}}).prediction, 1e-14);
}

TEST(Denoiser, TheSamePathIsLeftAlone) {
  const Denoiser denoiser = mixture_denoiser(kTwoLumps, make_path("vp"), Prediction::eps);
  EXPECT_EQ(adapt(denoiser, make_path("vp")).prediction, Prediction::eps);
  EXPECT_EQ(adapt(denoiser, make_path("vp", {{"beta_max", 10.0}})).prediction, Prediction::sample);
}

// On N(m, S I): eps = sigma (x - alpha m)/V, so its vjp is sigma v/V; x_0's is alpha S v/V.
TEST(Denoiser, AdaptedVjpIsTheDerivative) {
  const PathPtr vp = make_path("vp"), flow = make_path("flow");
  Denoiser denoiser = mixture_denoiser(kOneGaussian, vp, Prediction::eps);
  denoiser.vjp = [vp](const Query& query, const Tensor& v) {
    std::vector<double> gains;
    for (const double t : query.times) {
      const double alpha = vp->alpha(Time(t)), sigma = vp->sigma(Time(t));
      gains.push_back(sigma / (alpha * alpha * 0.25 + sigma * sigma));
    }
    if (gains.size() == 1) gains.resize(static_cast<std::size_t>(v.dim(0)), gains[0]);
    const SampleTerm terms[] = {{gains, v}};
    return combine_per_sample(terms);
  };
  const Denoiser on_flow = adapt(denoiser, flow);
  const Tensor v = Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2});
  for (const std::vector<double>& times : {std::vector<double>{0.3}, std::vector<double>{0.1, 0.5, 0.9}}) {
    const Tensor got = on_flow.vjp({points(), times, {}}, v);
    for (std::size_t i = 0; i < 6; ++i) {
      const double t = times[times.size() == 1 ? 0 : i / 2];
      EXPECT_NEAR(got.span<double>()[i], (1 - t) * 0.25 / ((1 - t) * (1 - t) * 0.25 + t * t) * v.span<double>()[i],
                  1e-12);
    }
  }
}

// The flow of N(m, S I) on any path: x_s = alpha_s m + sqrt(V_s/V_t) (x_t - alpha_t m).
TEST(Denoiser, AnAdaptedFlowIsThatOfTheOtherPath) {
  const auto flow_on = [](const PathPtr& path) {
    return [path](const Tensor& x, Time from, Time to) {
      const auto variance = [&](Time t) { return std::pow(path->alpha(t), 2) * 0.25 + std::pow(path->sigma(t), 2); };
      const double gain = std::sqrt(variance(to) / variance(from));
      const double shift = path->alpha(to) - gain * path->alpha(from);
      return combine({{gain, x}, {0.6 * shift, Tensor::full(x.shape(), 1.0, DType::f64)}});
    };
  };
  for (const std::string& from : {std::string("vp"), std::string("flow"), std::string("cosine")})
    for (const std::string& to : {std::string("vp"), std::string("flow"), std::string("cosine")}) {
      const PathPtr a = make_path(from), b = make_path(to);
      Denoiser denoiser = mixture_denoiser(kOneGaussian, a);
      denoiser.flow = flow_on(a);
      const Denoiser there = adapt(denoiser, b);
      for (const double end : {0.05, 0.0})
        expect_near(there.flow(points(), Time(0.8), Time(end)), flow_on(b)(points(), Time(0.8), Time(end)), 1e-12,
                    from + " -> " + to);
    }
  Denoiser model = mixture_denoiser(kTwoLumps, make_path("vp"));
  model.flow = flow_on(model.path);
  EXPECT_FALSE(make_guidance("cfg", model, {{"w", 2.0}}).flow);
  EXPECT_TRUE(make_guidance("cfg", model, {{"w", 1.0}}).flow);
}

}  // namespace
}  // namespace ito
