#include "experiments/data/finite_set.h"
#include "kernels/core/error.h"
#include "samplers/exact/gaussian.h"
#include "tests/experiments/metrics/support.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

// Two classes of equal covariance s^2 I at +-m: p(1 | x) = 1 / (1 + (p_0 / p_1) e^(-2 m.x / s^2)).
constexpr double kM[] = {0.6, -0.3}, kVariance = 0.2, kWeights[] = {1, 3};

std::shared_ptr<const GaussianMixture> two_classes() {
  const std::vector<double> covariance{kVariance, 0, 0, kVariance};
  return std::make_shared<const GaussianMixture>(
      std::vector<FullComponent>{{kWeights[1], 1, {kM[0], kM[1]}, covariance},
                                 {kWeights[0], 0, {-kM[0], -kM[1]}, covariance}},
      2);
}

struct Plain {
  double accuracy = 0, probability = 0;
};
Plain plain(const Tensor& x, const std::vector<std::int32_t>& asked) {
  const auto values = exactly(x);
  Plain result;
  double counted = 0;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (asked[i] < 0) continue;
    const long double inner = kM[0] * values[2 * i] + kM[1] * values[2 * i + 1];
    const long double one = 1 / (1 + kWeights[0] / kWeights[1] * std::exp(-2 * inner / kVariance));
    const double p = static_cast<double>(asked[i] == 1 ? one : 1 - one);
    result.accuracy += p > 0.5 ? 1 : 0;
    result.probability += p;
    ++counted;
  }
  return {result.accuracy / counted, result.probability / counted};
}

void expect_plain(const Asked& asked, const std::vector<std::int32_t>& labels_asked,
                  const std::vector<std::int32_t>& reference_labels) {
  Values found = measured(metric_of("class_accuracy"), asked.input());
  const Plain of_samples = plain(asked.samples, labels_asked), of_data = plain(asked.reference.x, reference_labels);
  EXPECT_NEAR(found["class_accuracy"].value, of_samples.accuracy, 1e-14);
  EXPECT_NEAR(found["class_probability"].value, of_samples.probability, 1e-12);
  EXPECT_NEAR(*found["class_accuracy"].floor, of_data.accuracy, 1e-14);
  EXPECT_NEAR(*found["class_probability"].floor, of_data.probability, 1e-12);
  EXPECT_GT(of_samples.accuracy, 0.2);
  EXPECT_LT(of_samples.accuracy, 0.8);  // so that a constant answer would be seen
}

class ClassAccuracy : public testing::Test {
 protected:
  ClassAccuracy() {
    for (int i = 0; i < 90; ++i) {
      asked_labels_.push_back(i % 3 == 2 ? 1 : i % 3);
      reference_labels_.push_back((i / 2) % 2);
    }
    asked_.samples = some_points(90, 2, 1);
    asked_.condition = labels(asked_labels_);
    asked_.reference = {some_points(90, 2, 2), labels(reference_labels_)};
    asked_.second = asked_.reference;
    asked_.data.name = "two";
    asked_.data.classes = 2;
  }
  std::vector<std::int32_t> asked_labels_, reference_labels_;
  Asked asked_;
};

TEST_F(ClassAccuracy, IsBayesOnTheDatasOwnLaw) {
  asked_.data.mixture = two_classes();
  expect_plain(asked_, asked_labels_, reference_labels_);
  // A sample of which no class was asked does not count.
  for (std::size_t i = 0; i < 90; i += 5) asked_labels_[i] = -1;
  asked_.condition = labels(asked_labels_);
  expect_plain(asked_, asked_labels_, reference_labels_);
  asked_.reference.labels = {};
  EXPECT_FALSE(measured(metric_of("class_accuracy"), asked_.input())["class_accuracy"].floor);
}

// Where the data are no mixture themselves, the law of their exact formula of that name is asked.
TEST_F(ClassAccuracy, AsksTheMixtureAmongTheExactFormulas) {
  const auto formula = [law = two_classes()](const ExactRequest& r) { return mixture_denoiser(law, r.path); };
  const auto gaussian = [](const ExactRequest& r) { return gaussian_denoiser(test::random_gaussian(2), r.path); };
  asked_.data.exact = {{"gaussian", "one", gaussian}, {"mixture", "a Gaussian a class", formula}};
  expect_plain(asked_, asked_labels_, reference_labels_);
}

// A Gaussian a class, fitted to the examples: quadratic discriminant analysis, written out for two dimensions.
TEST_F(ClassAccuracy, OnAFiniteSetIsQuadraticDiscriminantAnalysis) {
  const std::int64_t n = 500;
  const auto draws = two_classes()->draw(5, 0, n);
  const Tensor x = draws.x.to(DType::f32);
  asked_.data = *finite_dataset("points", {x, draws.labels}, {}, {}, 2);
  ASSERT_EQ(asked_.data.mixture, nullptr);
  const std::vector<long double> values = exactly(x);
  struct Class {
    long double count = 0, mean[2] = {}, s[3] = {};
  } classes[2];
  for (std::int64_t pass = 0; pass < 2; ++pass)
    for (std::int64_t i = 0; i < n; ++i) {
      Class& c = classes[draws.labels.span<std::int32_t>()[i]];
      if (pass == 0) {
        ++c.count;
        c.mean[0] += values[2 * i], c.mean[1] += values[2 * i + 1];
        continue;
      }
      const long double a = values[2 * i] - c.mean[0] / c.count, b = values[2 * i + 1] - c.mean[1] / c.count;
      c.s[0] += a * a / c.count, c.s[1] += a * b / c.count, c.s[2] += b * b / c.count;
    }
  const std::vector<long double> at = exactly(asked_.samples);
  long double right = 0, probability = 0;
  for (std::size_t i = 0; i < 90; ++i) {
    long double density[2];
    for (int c = 0; c < 2; ++c) {
      const Class& k = classes[c];
      const long double a = at[2 * i] - k.mean[0] / k.count, b = at[2 * i + 1] - k.mean[1] / k.count;
      const long double determinant = k.s[0] * k.s[2] - k.s[1] * k.s[1];
      density[c] = k.count / std::sqrt(determinant) *
                   std::exp(-(k.s[2] * a * a - 2 * k.s[1] * a * b + k.s[0] * b * b) / (2 * determinant));
    }
    const int asked = asked_labels_[i];
    right += density[asked] > density[1 - asked] ? 1 : 0;
    probability += density[asked] / (density[0] + density[1]);
  }
  Values found = measured(metric_of("class_accuracy"), asked_.input());
  // The fit adds 1e-4 of the mean variance to each coordinate.
  EXPECT_NEAR(found["class_probability"].value, static_cast<double>(probability / 90), 1e-4);
  EXPECT_NEAR(found["class_accuracy"].value, static_cast<double>(right / 90), 1e-14);
}

TEST_F(ClassAccuracy, SaysWhatIsMissing) {
  const Metric metric = metric_of("class_accuracy");
  EXPECT_TRUE(metric.by_class);
  EXPECT_EQ(metric.lacks(asked_.data), "exact formula \"mixture\"");
  EXPECT_EQ(refusal([&] { metric(asked_.input()); }), "class_accuracy: data 'two' have no exact formula \"mixture\"");
  asked_.data.classes = 0;
  EXPECT_EQ(metric.lacks(asked_.data), "labels");
  asked_.data.mixture = two_classes();
  EXPECT_EQ(metric.lacks(asked_.data), "");
  asked_.condition = {};
  EXPECT_EQ(refusal([&] { metric(asked_.input()); }),
            "class_accuracy: no class was asked of the samples; expected a model that takes labels and a "
            "sampling.condition other than \"none\" (of a file: labels beside the samples)");
}

}  // namespace
}  // namespace ito::experiments
