// Which images a classifier's weights may judge, and which channels it may have.
#include "experiments/models/classifier.h"

#include "experiments/data/finite_set.h"
#include "experiments/training/train.h"
#include "samplers/noise.h"
#include "tests/experiments/metrics/support.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

using metrics_test::refusal;

std::shared_ptr<const Dataset> pictures(const char* name, std::int64_t side, int classes) {
  std::vector<std::int32_t> labels;
  for (int i = 0; i < classes; ++i) labels.push_back(i);
  return finite_dataset(name, {initial_noise({classes, side, side, 1}, DType::f32, 5), Tensor::from(labels, {classes})},
                        {}, {}, classes);
}

std::unique_ptr<Model> classifier(const Dataset& data, const GivenParameters& given = {}) {
  return maker<Model>("classifier")(data, 1, Parameters(find_entry("model", "classifier"), given));
}

TEST(LoadClassifier, ImagesOfAnotherShapeAreRefused) {
  const TemporaryFolder folder;
  const std::string file = (folder / "c.safetensors").string();
  const auto small = pictures("small", 8, 3), large = pictures("large", 16, 3);
  save_weights(file, *classifier(*small), {{"sample_shape", small->sample_shape.text()}, {"data", "small"}});
  EXPECT_EQ(load_classifier(file, *small)->classes(), 3);
  EXPECT_EQ(
      refusal([&] { load_classifier(file, *large); }),
      file + ": a classifier trained with sample_shape [8, 8, 1], not [16, 16, 1], which an example of 'large' has");
  // A file that is named judges other data of its shape, and one that says nothing of itself whatever it fits.
  EXPECT_EQ(load_classifier(file, *pictures("others", 8, 3))->classes(), 3);
  save_weights(file, *classifier(*small), {});
  EXPECT_EQ(load_classifier(file, *large)->classes(), 3);
}

TEST(LoadClassifier, TheShippedOneJudgesOtherDataOnlyWhereItIsNamed) {
  const auto fashion = pictures("fashion-mnist", 28, 10), digits = pictures("digits", 28, 10);
  EXPECT_EQ(load_classifier("", *fashion)->classes(), 10);
  EXPECT_EQ(load_classifier("fashion-classifier", *digits)->classes(), 10);
  const std::string refused = refusal([&] { load_classifier("", *digits); });
  EXPECT_NE(refused.find("fashion-classifier.safetensors: the classifier was trained on 'fashion-mnist', not on "
                         "'digits'; metrics.classifier names one for these data"),
            std::string::npos)
      << refused;
  // Said before what of it does not fit: another network is what is wanted.
  EXPECT_NE(refusal([&] { load_classifier("", *pictures("odd", 6, 3)); }).find("metrics.classifier names one"),
            std::string::npos);
}

TEST(Classifier, MoreLevelsThanImagesHaveSidesAreRefused) {
  const auto data = pictures("small", 8, 3);
  for (const std::size_t levels : {17, 65, 200})
    EXPECT_EQ(refusal([&] {
                classifier(*data, {{"channels", std::vector<double>(levels, 8.0)}});
              }),
              "model.channels: " + std::to_string(levels) + " levels; at most 16 were expected");
}

}  // namespace
}  // namespace ito::experiments
