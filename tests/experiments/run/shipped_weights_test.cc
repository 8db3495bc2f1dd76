// The weights in experiments/weights are those of the recipes of their names, and those on record.
#include "experiments/recipe/resolve.h"
#include "experiments/run/objects.h"
#include "experiments/run/plan.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

TEST(ShippedWeights, AreThoseOnRecord) {
  std::ifstream record("experiments/weights/hashes.txt");
  int networks = 0;
  for (std::string hash, name; record >> hash >> name; ++networks) {
    const TemporaryFolder folder;
    Objects objects(folder.path(), MissingWeights::leave_untrained);
    int cells = 0;
    Plan(resolve(read_recipe(name), {"model.weights=" + name})).for_each([&](const PlannedCell& cell) {
      EXPECT_EQ(objects.weights(cell.settings), hash) << name;
      ++cells;
    });
    EXPECT_GT(cells, 0) << name;
  }
  EXPECT_EQ(networks, 2);
}

}  // namespace
}  // namespace ito::experiments
