#include "autograd/arithmetic.h"
#include "kernels/core/error.h"
#include "tests/experiments/metrics/support.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

// The law's own denoiser, and beside it one that is off by a known amount.
class FieldRms : public testing::Test {
 protected:
  explicit FieldRms(std::int64_t n = 64) : n_(n) {
    asked_.data.hash = "law";
    asked_.reference = {some_points(n, 2, 1), labels(std::vector<std::int32_t>(n, 1))};
    asked_.samples = asked_.reference.x;
  }

  // x_0-hat off by shift(query), element by element.
  Denoiser off_by(const std::function<Tensor(const Query&)>& shift) const {
    Denoiser denoiser = exact_;
    denoiser.evaluate = [inner = exact_.evaluate, shift](const Query& query) {
      return Answer{combine({{1, inner(query).prediction}, {1, shift(query)}}), {}};
    };
    return denoiser;
  }

  Values of(const Denoiser& network, const GivenParameters& given = {}) const {
    MetricInput input = asked_.input();
    input.network = &network;
    input.exact = &exact_;
    input.path = path_;
    return measured(metric_of("field_rms", given), input);
  }

  std::int64_t n_;
  const PathPtr path_ = make_path("vp");
  const Denoiser exact_ =
      mixture_denoiser(std::make_shared<const GaussianMixture>(test::random_components(2, 4, 2), 2), path_);
  Asked asked_;
};

Tensor constant(const Query& query, double value) { return Tensor::full(query.x.shape(), value, query.x.dtype()); }

// eps = (x - alpha x_0)/sigma: an x_0 that is off by c is an eps off by c alpha/sigma; v by c/sigma; u by c (alpha' -
// sigma' alpha/sigma).
TEST_F(FieldRms, AConstantOffsetInEachPrediction) {
  const double c = 0.3;
  const Denoiser network = off_by([&](const Query& q) { return constant(q, c); });
  const std::vector<double> times{0.1, 0.25, 0.5, 1.0};
  const char* names[] = {"field_rms[t=0.10]", "field_rms[t=0.25]", "field_rms[t=0.50]", "field_rms[t=1.00]"};
  for (const std::string prediction : {"eps", "sample", "v", "velocity"}) {
    Values found = of(network, {{"times", times}, {"prediction", prediction}});
    ASSERT_EQ(found.size(), 5u);
    double squares = 0;
    for (int i = 0; i < 4; ++i) {
      const Time t(times[i]);
      const double alpha = path_->alpha(t), sigma = path_->sigma(t);
      const double factor = prediction == "sample" ? 1
                            : prediction == "eps"  ? alpha / sigma
                            : prediction == "v"    ? 1 / sigma
                                                   : path_->d_alpha(t) - path_->d_sigma(t) * alpha / sigma;
      ASSERT_TRUE(found.contains(names[i])) << names[i];
      EXPECT_NEAR(found[names[i]].value, std::abs(c * factor), 3e-6 * (1 + std::abs(factor))) << prediction << i;
      EXPECT_FALSE(found[names[i]].floor);
      squares += c * factor * c * factor / 4;
    }
    EXPECT_NEAR(found["field_rms"].value, std::sqrt(squares), 1e-5 * std::sqrt(squares)) << prediction;
  }
  EXPECT_EQ(of(exact_)["field_rms"].value, 0) << "the exact field against itself";
  EXPECT_EQ(of(exact_).size(), 11u);
}

// An offset of x itself makes the number the rms of x_t: E x_t^2 = alpha^2 E x_0^2 + sigma^2, over the draws at hand.
TEST_F(FieldRms, LooksAtPointsOfTheForwardProcess) {
  const std::int64_t n = 4000;
  asked_.reference = {some_points(n, 2, 5), {}};
  const Denoiser network = off_by([](const Query& q) { return q.x; });
  Values found = of(network, {{"times", std::vector<double>{0.05, 0.3, 0.6}},
                              {"prediction", std::string("sample")},
                              {"compared", std::int64_t{0}}});
  double x0_squared = 0;
  for (const long double v : exactly(asked_.reference.x)) x0_squared += static_cast<double>(v * v) / (2 * n);
  for (const auto& [name, t] : std::map<std::string, double>{
           {"field_rms[t=0.05]", 0.05}, {"field_rms[t=0.30]", 0.3}, {"field_rms[t=0.60]", 0.6}}) {
    const double alpha = path_->alpha(Time(t)), sigma = path_->sigma(Time(t));
    const double expected = alpha * alpha * x0_squared + sigma * sigma;
    // The cross term 2 alpha sigma x_0 eps and the eps^2 vary by chance: 5 standard errors.
    const double deviation =
        std::sqrt((4 * alpha * alpha * sigma * sigma * x0_squared + 2 * std::pow(sigma, 4)) / (2 * n));
    EXPECT_NEAR(found[name].value * found[name].value, expected, 5 * deviation) << name;
    EXPECT_GT(expected, 15 * deviation);
  }
}

TEST_F(FieldRms, TheFieldIsThatOfTheLabelsWhereTheCellHasSome) {
  const Denoiser network = off_by([&](const Query& query) {
    return constant(query, query.condition.defined() ? 0.1 + query.condition.span<std::int32_t>()[0] : 0.0);
  });
  const GivenParameters given = {{"times", std::vector<double>{0.5}}, {"prediction", std::string("sample")}};
  EXPECT_NEAR(of(network, given)["field_rms"].value, 0, 1e-7);
  asked_.condition = labels(std::vector<std::int32_t>(n_, 0));  // the references bring their own labels: 1
  EXPECT_NEAR(of(network, given)["field_rms"].value, 1.1, 1e-5);
}

TEST_F(FieldRms, ComparesTheFirstDraws) {
  std::int64_t seen = 0;
  const Denoiser network = off_by([&](const Query& query) {
    seen = query.x.dim(0);
    return constant(query, 0);
  });
  of(network, {{"compared", std::int64_t{5}}});
  EXPECT_EQ(seen, 5);
  of(network);
  EXPECT_EQ(seen, n_) << "no more than there are";
}

TEST_F(FieldRms, SaysWhatIsMissing) {
  const Metric metric = metric_of("field_rms");
  EXPECT_EQ(metric.lacks(asked_.data), "exact formula");
  EXPECT_EQ(refusal([&] { metric(asked_.input()); }),
            "field_rms: there is no field to look at; a run knows its model's, a file holds samples alone");
}

}  // namespace
}  // namespace ito::experiments
