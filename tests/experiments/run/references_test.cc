// What a cell's samples are held against.
#include "autograd/io/npy.h"
#include "experiments/recipe/resolve.h"
#include "experiments/run/compute_cell.h"
#include "samplers/noise.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

// Thirty points of three classes, of which class 0 has twelve, 1 ten and 2 eight.
std::string recipe_of(const TemporaryFolder& folder) {
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 30; ++i) labels.push_back(i < 12 ? 0 : i < 22 ? 1 : 2);
  save_npy(folder / "x.npy", initial_noise({30, 2}, DType::f32, 5));
  save_npy(folder / "labels.npy", Tensor::from(labels, Shape{30}));
  return "data.name = \"array\"\ndata.file = \"" + (folder / "x.npy").string() + "\"\ndata.labels = \"" +
         (folder / "labels.npy").string() +
         "\"\nmodel.kind = \"exact\"\nmodel.formula = \"finite\"\nmetrics.names = [\"moments\"]\ngrid.steps = 2\n";
}

// A floor is the distance of two draws that share no example: a set of thirty gives two of fifteen, and no more.
TEST(References, AFiniteSetHasAFloorForHalfOfItsExamples) {
  const TemporaryFolder folder;
  const ResolvedRecipe recipe = resolve(parse_recipe(recipe_of(folder), "r.toml"));
  const auto floor_of = [&](const std::string& condition, int count) {
    bool found = false;
    std::string key;
    Plan(resolve(parse_recipe(recipe_of(folder), "r.toml"),
                 {"sampling.condition=" + condition, "metrics.count=" + std::to_string(count)}))
        .for_each([&](const PlannedCell& cell) {
          Objects objects(folder.path(), MissingWeights::leave_untrained);
          const References& references = *objects.references(cell.settings, 3);
          found = references.second.x.defined();
          const CellResult result = compute_cell(Plan(recipe), cell, objects, key_of(cell, objects)).result;
          for (const MetricValue& value : result.metrics) EXPECT_EQ(value.floor.has_value(), found) << value.name;
        });
    return found;
  };
  EXPECT_TRUE(floor_of("none", 15));
  EXPECT_FALSE(floor_of("none", 16));
  EXPECT_TRUE(floor_of("balanced", 12));  // four of each class
  EXPECT_FALSE(floor_of("balanced", 13));
  EXPECT_TRUE(floor_of("\"0\"", 6));
  EXPECT_FALSE(floor_of("\"0\"", 7));
}

}  // namespace
}  // namespace ito::experiments
