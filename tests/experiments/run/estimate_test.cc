// What `ito check` says, held against what a run then does: counts exactly, times only in what they depend on.
#include "experiments/run/estimate.h"

#include "experiments/run/compute_cell.h"
#include "experiments/run/objects.h"
#include "experiments/run/runner.h"
#include "experiments/store/store.h"
#include "experiments/training/options.h"
#include "experiments/training/train.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

// heun makes one evaluation fewer than two a step, guidance counts twice.
const char kRecipe[] = R"(data.name = "eight_gaussians"
grid.name = "uniform"
grid.t_end = 0.0
metrics.names = ["sliced_w2"]
metrics.count = 40
guidance.name = "cfg"
sampling.condition = "data"
training.steps = 30
training.batch = 64
[sweep]
model.kind = ["exact", "mlp"]
sampler.name = ["ddim", "heun"]
grid.steps = [1, 2, 9]
guidance.w = [1.0, 2.0]
)";

ResolvedRecipe resolved(const std::vector<std::string>& set = {}) {
  return resolve(parse_recipe(kRecipe, "r.toml"), set);
}

TEST(Estimate, CountsAreThoseOfTheRun) {
  const TemporaryFolder folder;
  const ResolvedRecipe recipe = resolved();
  const Plan plan(recipe);
  const WorkEstimate before = estimate(plan, folder.path());
  EXPECT_EQ(before.cells, 24);
  EXPECT_EQ(before.stored, 0);
  EXPECT_EQ(before.networks, 1);
  EXPECT_EQ(before.training_steps, 30);
  for (const Seconds& part : {before.training, before.sampling, before.metrics, before.rest}) {
    EXPECT_GT(part.now, 0);
    EXPECT_GT(part.idle, 0);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "an estimate left something behind";

  std::filesystem::create_directory(folder / "weights");
  ASSERT_EQ(run(plan, folder.path()).computed, 24);
  std::int64_t evaluations = 0;
  for (const CellResult& cell : Store(folder / kStoreFile, Access::read).cells()) evaluations += 40 * cell.nfe;
  EXPECT_EQ(before.evaluations, evaluations);

  const WorkEstimate after = estimate(plan, folder.path());
  EXPECT_EQ(after.cells, 24);
  EXPECT_EQ(after.stored, 24);
  EXPECT_EQ(after.networks, 0);
  EXPECT_EQ(after.training_steps, 0);
  EXPECT_EQ(after.evaluations, evaluations);
  for (const Seconds& part : {after.training, after.sampling, after.metrics}) EXPECT_EQ(part.now, 0);
}

TEST(Estimate, StoredCellsAreNotCountedAgainWhenMoreAreAskedFor) {
  const TemporaryFolder folder;
  const ResolvedRecipe few = resolved({"model.kind=exact", "grid.steps=[1, 2]"});
  run(Plan(few), folder.path());
  const ResolvedRecipe more = resolved({"model.kind=exact", "grid.steps=[1, 2, 9]"});
  const WorkEstimate left = estimate(Plan(more), folder.path());
  EXPECT_EQ(left.cells, 12);
  EXPECT_EQ(left.stored, 8);
  EXPECT_GT(left.sampling.now, 0);
}

TEST(Estimate, GrowsWithTheSamples) {
  const TemporaryFolder folder;
  double before = 0;
  std::int64_t evaluations = 0;
  // Batches of one size, so that the same thing is measured, to be done 200 times as often.
  for (const char* count : {"metrics.count=20", "metrics.count=4000"}) {
    const ResolvedRecipe recipe = resolved({count, "metrics.batch=20", "model.kind=exact", "sampler.name=ddim"});
    const WorkEstimate work = estimate(Plan(recipe), folder.path());
    EXPECT_GT(work.evaluations, evaluations);
    EXPECT_GT(work.sampling.idle, before) << count;
    evaluations = work.evaluations;
    before = work.sampling.idle;
  }
}

TEST(Estimate, ChecksWithoutMeasuring) {
  const TemporaryFolder folder;
  const ResolvedRecipe recipe = resolved();
  const WorkEstimate work = check(Plan(recipe), folder.path());
  EXPECT_EQ(work.cells, 24);
  EXPECT_EQ(work.networks, 1);
  EXPECT_EQ(work.all().now, 0);
}

// Weights that are named and a training are two networks, though everything else of them is one.
TEST(Estimate, TellsApartNetworksByTheirWeights) {
  const TemporaryFolder folder;
  const std::string file = (folder / "named.safetensors").string();
  const std::string mlp = "model.kind=mlp";
  Plan(resolved({mlp})).for_each([&](const PlannedCell& cell) {
    save_weights(file, *Objects(folder.path(), MissingWeights::leave_untrained).make_model(cell.settings), {});
  });
  const auto of = [&](const std::string& other) {
    return Plan(resolved({mlp, "model.weights=[\"" + file + "\", \"" + other + "\"]"}));
  };
  const WorkEstimate work = estimate(of(""), folder.path());
  EXPECT_EQ(work.networks, 1);
  EXPECT_EQ(work.training_steps, 30);
  ASSERT_EQ(work.sizes.size(), 1u);
  EXPECT_GT(work.sizes.front().training_memory, 0);
  try {
    check(of("absent.safetensors"), folder.path());
    ADD_FAILURE() << "weights that are not there passed the check";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("absent.safetensors: there is no such file of weights"), std::string::npos)
        << error.what();
  }
}

std::string check_says(const std::string& text) {
  const TemporaryFolder folder;
  try {
    const ResolvedRecipe recipe = resolve(parse_recipe(text, "r.toml"), {});
    check(Plan(recipe), folder.path());
    return "accepted";
  } catch (const InputError& error) {
    return error.what();
  }
}

// Cells that differ in their noise alone are not one: Brownian noise ends at lambda = 32, counter noise nowhere.
TEST(Estimate, ChecksTheBrownianRangeWhicheverNoiseComesFirst) {
  const std::string recipe =
      "data.name = \"eight_gaussians\"\npath.name = \"flow\"\nsampler.name = \"ddpm\"\ngrid.name = \"lambda\"\n"
      "grid.t_end = 1e-15\ngrid.steps = 5\nmetrics.count = 10\n[sweep]\nsampling.noise = ";
  EXPECT_EQ(check_says(recipe + "[\"counter\"]"), "accepted");
  for (const char* order : {"[\"counter\", \"brownian\"]", "[\"brownian\", \"counter\"]"}) {
    const std::string said = check_says(recipe + order);
    EXPECT_NE(said.find("Brownian noise is known for lambda from -32 to 32"), std::string::npos) << said;
  }
}

// A network that does not know where it will be asked is refused before it is trained: by the walk at each step's
// start, by ode_error down to the grid's end too.
TEST(Estimate, ChecksThatANetworkKnowsWhereItIsAsked) {
  const std::string recipe =
      "data.name = \"eight_gaussians\"\nmodel.kind = \"mlp\"\nmodel.hidden = [8]\ntraining.path = \"edm\"\n"
      "training.steps = 2\npath.name = \"vp\"\ngrid.name = \"lambda\"\ngrid.sigma_max = 10.0\ngrid.steps = 3\n"
      "metrics.count = 4\n";
  const std::string beyond = "grid.sigma_min = 0.0015\ngrid.final = \"end\"\n";  // edm's end at 0.002
  const std::string ode = "metrics.names = [\"ode_error\"]\n", sweep = "[sweep]\nsampling.outside = ";
  EXPECT_EQ(check_says(recipe + beyond), "accepted") << "ddim asks at the starts of its steps alone";
  EXPECT_EQ(check_says(recipe + beyond + ode + sweep + "[\"clamp\"]"), "accepted");
  EXPECT_EQ(check_says(recipe + "grid.sigma_min = 0.01\ngrid.final = \"end\"\n" + ode), "accepted");
  for (const std::string& asks :
       {beyond + ode, ode,  // to the clean end
        beyond + ode + sweep + "[\"clamp\", \"refuse\"]", beyond + ode + sweep + "[\"refuse\", \"clamp\"]",
        beyond + sweep.substr(0, 8) + "metrics.names = [[\"w2\"], [\"ode_error\"]]"}) {
    const std::string said = check_says(recipe + asks);
    EXPECT_NE(said.find("metrics.names: ode_error asks down to the grid's end: denoiser 'mlp' knows path 'edm'"),
              std::string::npos)
        << asks << said;
  }
  const std::string said = check_says(recipe + "grid.sigma_min = 0.0015\n");  // and then to the clean end
  EXPECT_NE(said.find("r.toml:2:"), std::string::npos) << said;
  EXPECT_NE(said.find("asks for lambda"), std::string::npos) << said;
}

// What metrics remember of a model is not that of the same model asked otherwise.
TEST(ModelKey, SeesWhatIsDoneOutsideANetworksRange) {
  const TemporaryFolder folder;
  const auto key = [&](const std::string& kind, const std::string& outside) {
    std::string found;
    Objects objects(folder.path(), MissingWeights::leave_untrained);
    Plan(resolve(parse_recipe(kRecipe, "r.toml"), {"model.kind=" + kind, "sampling.outside=" + outside}))
        .for_each([&](const PlannedCell& cell) { found = model_key(cell.settings, objects); });
    return found;
  };
  EXPECT_NE(key("mlp", "clamp"), key("mlp", "refuse"));
  EXPECT_EQ(key("exact", "clamp"), key("exact", "refuse"));
}

}  // namespace
}  // namespace ito::experiments
