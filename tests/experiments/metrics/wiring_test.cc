// From a recipe to a metric's numbers: what data can give reaches the cell, what they cannot is refused by `check`.
#include "autograd/io/npy.h"
#include "experiments/run/compute_cell.h"
#include "experiments/run/estimate.h"
#include "tests/experiments/metrics/support.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

using namespace metrics_test;

ResolvedRecipe resolved(const std::string& text) { return resolve(parse_recipe(text, "r.toml"), {}); }

std::string checked(const std::string& text) {
  return refusal([&] {
    const ResolvedRecipe recipe = resolved(text);
    check(Plan(recipe), "");
  });
}

TEST(MetricWiring, WhatTheDataCannotGiveIsRefusedBeforeSampling) {
  EXPECT_EQ(checked("data.name = \"spiral\"\nmetrics.names = [\"class_accuracy\", \"w2_tilted\", \"exact_error\"]"),
            "not refused");
  EXPECT_EQ(checked("data.name = \"gaussian\"\nmetrics.names = [\"w2\", \"class_accuracy\"]"),
            "r.toml:2:17: metrics.names: class_accuracy is not to be had: data 'gaussian' have no labels");
  EXPECT_EQ(checked("data.name = \"spiral\"\nmetrics.names = [\"nearest_neighbour\"]"),
            "r.toml:2:17: metrics.names: nearest_neighbour is not to be had: data 'spiral' have no training examples");
  EXPECT_EQ(checked("data.name = \"moons\"\nmodel.kind = \"mlp\"\nmetrics.names = [\"field_rms\"]"),
            "r.toml:3:17: metrics.names: field_rms is not to be had: data 'moons' have no exact formula");
  EXPECT_EQ(checked("data.name = \"spiral\"\nsampling.condition = \"none\"\nmetrics.names = [\"w2_tilted\"]"),
            "r.toml:3:17: metrics.names: w2_tilted is about classes; sampling.condition = \"none\" asks for none");
  // A later section may ask for more of cells that are otherwise the same.
  EXPECT_EQ(checked("data.name = \"gaussian\"\n[[sweep]]\nmetrics.names = [\"w2\"]\nseed = [1, 2]\n[[sweep]]\n"
                    "metrics.names = [\"class_accuracy\"]\nseed = [1, 2]"),
            "r.toml:6:17: metrics.names: class_accuracy is not to be had: data 'gaussian' have no labels");
}

// Labelled points in a file: the classes of its samples are judged by the Gaussians fitted to its classes.
TEST(MetricWiring, AFilesClassesAreJudgedByItsFittedMixture) {
  const TemporaryFolder folder;
  const std::int64_t n = 300;
  std::vector<double> x = test::scattered(n * 2, 3);
  std::vector<std::int32_t> classes;
  for (std::int64_t i = 0; i < n; ++i) {
    classes.push_back(static_cast<std::int32_t>(i % 2));
    x[2 * i] += i % 2 == 0 ? -8 : 8;  // so far apart that every sample is of its class
  }
  save_npz(folder / "points.npz", {{"x", floats(x, n)}, {"labels", labels(classes)}});
  const ResolvedRecipe recipe = resolved(
      "data.file = \"" + (folder / "points.npz").string() +
      "\"\nmodel.formula = \"mixture\"\nsampling.condition = \"balanced\"\nguidance.name = \"cfg\"\nguidance.w = 2.0\n"
      "metrics.names = [\"class_accuracy\", \"w2_tilted\"]\nmetrics.count = 40\ngrid.steps = 10");
  const Plan plan(recipe);
  Objects objects(folder.path(), MissingWeights::leave_untrained);
  int cells = 0;
  plan.for_each([&](const PlannedCell& cell) {
    ++cells;
    Values found = by_name(compute_cell(plan, cell, objects, "key").result.metrics);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found["class_accuracy"].value, 1);
    EXPECT_EQ(*found["class_accuracy"].floor, 1);
    EXPECT_GT(found["class_probability"].value, 0.999);
    // Classes that far apart leave guidance nothing to do: the target is each class's Gaussian, and so are the samples.
    EXPECT_LT(found["w2_tilted"].value, 2 * *found["w2_tilted"].floor);
    EXPECT_LT(*found["w2_tilted"].floor, 1);
  });
  EXPECT_EQ(cells, 1);
}

}  // namespace
}  // namespace ito::experiments
