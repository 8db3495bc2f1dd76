// Metrics by a classifier's features: against what the features themselves say, and their refusals.
#include "experiments/metrics/image_features.h"

#include <algorithm>

#include "autograd/io/sha256.h"
#include "experiments/data/finite_set.h"
#include "experiments/metrics/frechet.h"
#include "experiments/run/compute_cell.h"
#include "experiments/training/train.h"
#include "samplers/exact/batch.h"
#include "samplers/noise.h"
#include "tests/experiments/metrics/support.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

std::vector<std::int32_t> in_turn(std::int64_t n, int classes) {
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<std::int32_t>(i % classes));
  return values;
}

// 8 x 8 pictures of three classes, and a classifier of them (as it is before training) in a file.
class ImageMetrics : public testing::Test {
 protected:
  void SetUp() override {
    Examples train{initial_noise({30, 8, 8, 1}, DType::f32, 5), labels(in_turn(30, 3))};
    data_ = finite_dataset("pictures", std::move(train), {}, {}, 3);
    model_ = maker<Model>("classifier")(*data_, 1, Parameters(find_entry("model", "classifier"), {}));
    file_ = (folder_ / "classifier.safetensors").string();
    save_weights(file_, *model_, {});
    asked_.data = *data_;
    asked_.samples = initial_noise({45, 8, 8, 1}, DType::f32, 1);
    asked_.condition = labels(in_turn(45, 3));
    asked_.reference = {initial_noise({45, 8, 8, 1}, DType::f32, 2), labels(in_turn(45, 3))};
    asked_.second = {initial_noise({45, 8, 8, 1}, DType::f32, 3), labels(in_turn(45, 3))};
  }
  Values measured_by(const char* metric) const {
    return measured(metric_of(metric, {{"classifier", file_}}), asked_.input());
  }
  std::vector<double> features(const Tensor& x) const {
    return sample_rows(dynamic_cast<const Classifier&>(*model_).features(x));
  }

  TemporaryFolder folder_;
  std::shared_ptr<const Dataset> data_;
  std::unique_ptr<Model> model_;
  std::string file_;
  Asked asked_;
};

TEST_F(ImageMetrics, FdIsTheFrechetDistanceOfTheFeatures) {
  Values found = measured_by("fd");
  const auto reference = features(asked_.reference.x);
  EXPECT_EQ(found["fd"].value, frechet_distance(features(asked_.samples), reference, 64));
  EXPECT_EQ(*found["fd"].floor, frechet_distance(features(asked_.second.x), reference, 64));
  EXPECT_TRUE(found["fd"].distance);
  // A 3 x 3 mean over the neighbours that there are, written out.
  Tensor blurred = Tensor::like(asked_.second.x);
  const std::span<const float> x = asked_.second.x.span<float>();
  for (std::int64_t i = 0; i < blurred.size(); ++i) {
    const std::int64_t n = i / 64, r = i / 8 % 8, c = i % 8;
    double sum = 0;
    int count = 0;
    for (std::int64_t y = std::max<std::int64_t>(0, r - 1); y <= std::min<std::int64_t>(7, r + 1); ++y)
      for (std::int64_t z = std::max<std::int64_t>(0, c - 1); z <= std::min<std::int64_t>(7, c + 1); ++z, ++count)
        sum += static_cast<double>(x[static_cast<std::size_t>(n * 64 + y * 8 + z)]);
    blurred.mutable_span<float>()[static_cast<std::size_t>(i)] = static_cast<float>(sum / count);
  }
  const double expected = frechet_distance(features(blurred), reference, 64);
  EXPECT_NEAR(found["fd_blurred"].value, expected, 1e-3 * expected);
  EXPECT_EQ(measured(metric_of("fd", {{"classifier", file_}, {"blurred", false}}), asked_.input()).size(), 1u);
}

TEST_F(ImageMetrics, AccuracyIsTheShareOfMostProbableClasses) {
  Values found = measured_by("classifier_accuracy");
  const auto& classifier = dynamic_cast<const Classifier&>(*model_);
  const auto share = [&](const Tensor& x) {
    const std::vector<double> logits = sample_rows(classifier.logits(classifier.features(x)));
    int right = 0;
    for (std::size_t i = 0; i < 45; ++i) {
      const auto row = logits.begin() + static_cast<std::ptrdiff_t>(3 * i);
      right += static_cast<std::size_t>(std::max_element(row, row + 3) - row) == i % 3;
    }
    return right / 45.0;
  };
  EXPECT_EQ(found["classifier_accuracy"].value, share(asked_.samples));
  EXPECT_EQ(*found["classifier_accuracy"].floor, share(asked_.reference.x));
  EXPECT_GT(found["classifier_probability"].value, 0);
  EXPECT_LT(found["classifier_probability"].value, 1);
}

TEST_F(ImageMetrics, VarianceIsThatInsideTheClasses) {
  Values found = measured_by("feature_variance");
  const auto within = [&](const Tensor& x) {
    const std::vector<double> f = features(x);
    double total = 0;
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t j = 0; j < 64; ++j) {
        double mean = 0, squares = 0;
        for (std::size_t i = c; i < 45; i += 3) mean += f[64 * i + j] / 15;
        for (std::size_t i = c; i < 45; i += 3) squares += (f[64 * i + j] - mean) * (f[64 * i + j] - mean);
        total += squares / 14;
      }
    return total / 3;
  };
  EXPECT_NEAR(found["feature_variance"].value, within(asked_.samples), 1e-12);
  EXPECT_NEAR(*found["feature_variance"].floor, within(asked_.reference.x), 1e-12);
  EXPECT_NEAR(found["feature_variance_ratio"].value, within(asked_.samples) / within(asked_.reference.x), 1e-12);
  // Samples that are all one picture have none.
  for (std::int64_t i = 0; i < 45; ++i)
    std::copy_n(data_->train.x.span<float>().data(), 64, asked_.samples.mutable_span<float>().data() + 64 * i);
  EXPECT_NEAR(measured_by("feature_variance")["feature_variance"].value, 0, 1e-12);
}

// Weights alone do not decide the numbers: the arithmetic does too, and its revision is in the signature.
TEST_F(ImageMetrics, DependOnTheWholeClassifier) {
  const std::string hash = metric_of("fd", {{"classifier", file_}}).depends_on(*data_);
  EXPECT_EQ(hash, Sha256().text(model_->signature()).text(weights_hash(*model_)).hex());
  EXPECT_EQ(hash, metric_of("feature_variance", {{"classifier", file_}}).depends_on(*data_));
}

TEST_F(ImageMetrics, RefuseWhatTheyCannotJudge) {
  const auto points = maker<Dataset>("moons")(Parameters(find_entry("data", "moons"), {}));
  EXPECT_EQ(metric_of("fd").lacks(*points), "images");
  EXPECT_EQ(metric_of("fd").lacks(*data_), "");
  const auto missing = metric_of("fd", {{"classifier", std::string("no-such-weights")}});
  EXPECT_NE(refusal([&] { missing.depends_on(*data_); }).find("no weights are called 'no-such-weights'"),
            std::string::npos);
  // Weights of another architecture: which tensor, which shape, what was expected.
  const auto other = maker<Model>("classifier")(
      *data_, 1, Parameters(find_entry("model", "classifier"), {{"channels", std::vector<double>{16, 8, 64}}}));
  const std::string file = (folder_ / "other.safetensors").string();
  save_weights(file, *other, {});
  EXPECT_EQ(refusal([&] {
              metric_of("fd", {{"classifier", file}}).depends_on(*data_);
            }),
            file + ": blocks.1.conv_0.weight has shape [3, 3, 16, 8]; [3, 3, 16, 32] was expected");
}

}  // namespace
}  // namespace ito::experiments
