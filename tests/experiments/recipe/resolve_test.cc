// Recipes resolved: what each mistake is told, and what sections, axes and overrides come to.
#include "experiments/recipe/resolve.h"

#include "experiments/run/cell_key.h"
#include "experiments/run/plan.h"

namespace ito::experiments {
namespace {

ResolvedRecipe resolved(const std::string& text, const std::vector<std::string>& set = {}) {
  return resolve(parse_recipe(text, "r.toml"), set);
}

std::string refusal(const std::string& text, const std::vector<std::string>& set = {}) {
  try {
    resolved(text, set);
    return "accepted";
  } catch (const InputError& error) {
    return error.what();
  }
}

const std::string kBase = "data.name = \"spiral\"\n";

TEST(RecipeResolve, EachMistakeIsOneLineWithItsPlace) {
  const struct {
    const char* text;  // after the line that names the data
    const char* message;
  } cases[] = {
      {"grid.stepz = 3", "r.toml:2:6: unknown key 'grid.stepz'; nearest: grid.steps"},
      // The column is that of the part that is wrong, however its table is written.
      {"grid.steps = 3\ngrid.stepz = 3", "r.toml:3:6: unknown key 'grid.stepz'; nearest: grid.steps"},
      {"[grid]\nsteps = 3\nstepz = 3", "r.toml:4:1: unknown key 'grid.stepz'; nearest: grid.steps"},
      {"grid = { steps = 3, stepz = 3 }", "r.toml:2:21: unknown key 'grid.stepz'; nearest: grid.steps"},
      {"[[sweep]]\ngrid.stepz = [3]", "r.toml:3:6: unknown key 'grid.stepz'; nearest: grid.steps"},
      {"[[sweep]]\ngrid = { stepz = [3] }", "r.toml:3:10: unknown key 'grid.stepz'; nearest: grid.steps"},
      {"[[sweep]]\ngrd.steps = [3]", "r.toml:3:1: unknown key 'grd.steps'; nearest: grid.steps"},
      {"[grd]\nsteps = 3", "r.toml:2:2: unknown key 'grd.steps'; nearest: grid.steps"},
      {"\"grid.steps\" = 3", "r.toml:2:1: the key \"grid.steps\": a dotted key is written without quotes"},
      {"grd.steps = 3", "r.toml:2:1: unknown key 'grd.steps'; nearest: grid.steps"},
      {"steps = 3", "r.toml:2:1: unknown key 'steps'; nearest: grid.steps"},
      {"[sampler]\nnam = \"ddim\"", "r.toml:3:1: unknown key 'sampler.nam'; nearest: sampler.name"},
      {"grid.steps = \"ten\"", "r.toml:2:14: grid.steps: expected an integer from 1 to 1000000, found text \"ten\""},
      {"grid.steps = 0", "r.toml:2:14: grid.steps: expected an integer from 1 to 1000000, found 0"},
      {"grid.steps = 2.5", "r.toml:2:14: grid.steps: expected an integer from 1 to 1000000, found 2.5"},
      {"grid.steps = [1, 2]", "r.toml:2:14: grid.steps: expected an integer from 1 to 1000000, found a list"},
      {"seed = -1", "r.toml:2:8: seed: expected an integer of at least 0, found -1"},
      {"dtype = \"half\"", "r.toml:2:9: dtype: expected one of float, double, found \"half\"; nearest: float"},
      {"sampler.name = \"dimm\"", "r.toml:2:16: no solver is called 'dimm'; nearest: ddim"},
      {"sampler.name = true", "r.toml:2:16: sampler.name: expected text in quotes, found true"},
      {"sampler.eta = \"big\"", "r.toml:2:15: sampler.eta: expected a number from 0 to 1, found text \"big\""},
      {"sampler.eta = 7", "r.toml:2:15: sampler.eta: expected a number from 0 to 1, found 7"},
      {"metrics.names = [\"w3\"]", "r.toml:2:17: no metric is called 'w3'; nearest: w2"},
      {"metrics.names = \"w2\"", "r.toml:2:17: metrics.names: expected a list of text, found text \"w2\""},
      {"training.steps = true", "r.toml:2:18: training.steps: expected an integer of at least 0, found true"},
      {"[sweep]\ngrid.steps = []", "r.toml:3:14: grid.steps: a list to sweep needs at least one value"},
      {"[sweep]\ngrid.steps = [5, 5]", "r.toml:3:18: grid.steps: 5 stands twice in this list"},
      {"[sweep]\ngrid.steps = [5, \"x\"]",
       "r.toml:3:18: grid.steps: expected an integer from 1 to 1000000, found text \"x\""},
      {"[sweep]\nsampler.name = [\"euler\", \"ddin\"]", "r.toml:3:26: no solver is called 'ddin'; nearest: ddim"},
  };
  for (const auto& c : cases) EXPECT_EQ(refusal(kBase + c.text), c.message) << c.text;
  EXPECT_EQ(refusal("grid.steps = 3"), "r.toml:1:1: data.name is missing: which data? (ito list data)");
}

TEST(RecipeResolve, AParameterNobodyChosenDeclaresIsRefused) {
  const std::string message = refusal(kBase + "sampler.name = \"euler\"\nsampler.eta = 0.5");
  EXPECT_TRUE(message.starts_with("r.toml:3:9: sampler.eta: not a parameter of euler; solvers that have it: "))
      << message;
  EXPECT_NE(message.find("ddim"), std::string::npos);
  // One of the swept solvers declares it: fine, in the base as in the section.
  EXPECT_EQ(refusal(kBase + "sampler.eta = 0.5\n[sweep]\nsampler.name = [\"euler\", \"ddim\"]"), "accepted");
  EXPECT_EQ(refusal(kBase + "[sweep]\nsampler.name = [\"euler\", \"ddim\"]\nsampler.eta = [0.0, 1.0]"), "accepted");
  EXPECT_NE(refusal(kBase + "[sweep]\nsampler.name = [\"euler\", \"heun\"]\nsampler.eta = [0.0, 1.0]"), "accepted");
}

TEST(RecipeResolve, OverridesSaySoAndReplaceEverywhere) {
  EXPECT_EQ(refusal(kBase, {"grid.steps=0"}),
            "--set grid.steps=0: grid.steps: expected an integer from 1 to 1000000, found 0");
  EXPECT_EQ(refusal(kBase, {"grid.stepz=1"}), "--set grid.stepz=1: unknown key 'grid.stepz'; nearest: grid.steps");
  EXPECT_EQ(refusal(kBase, {"grid.steps"}), "--set grid.steps: expected key=value");
  const std::string swept = kBase + "[[sweep]]\ngrid.steps = [5, 10]\n[[sweep]]\nseed = [1, 2, 3]";
  EXPECT_EQ(Plan(resolved(swept)).cells(), 5);
  EXPECT_EQ(Plan(resolved(swept, {"grid.steps=7"})).cells(), 4);
  EXPECT_EQ(Plan(resolved(swept, {"grid.steps=[1, 2, 3]"})).cells(), 6);
  EXPECT_EQ(Plan(resolved(swept, {"dtype=[\"float\", \"double\"]"})).cells(), 10);
}

// The recipe's keys and findings about what --set replaced are no mistakes; those that nobody ever had still are.
TEST(RecipeResolve, AnOverrideTakesWhatBelongedToTheOldChoice) {
  const std::string text = kBase + R"(
model.hidden = [8]
[[sweep]]
model.kind = ["exact", "mlp"]
grid.steps = [5, 10]
model.time_conditioned = [true, false]
seed = [1, 2]
[[finding]]
title = "t"
metric = "w2"
kind = "bound"
a = { model.kind = "mlp", model.time_conditioned = true, grid.steps = 5 }
)";
  EXPECT_EQ(resolved(text).findings.at(0).taken_away, "");
  EXPECT_EQ(Plan(resolved(text, {"model.kind=exact"})).cells(), 4);
  EXPECT_EQ(resolved(text, {"model.kind=exact"}).findings.at(0).taken_away,
            "--set model.kind=exact took away what it is about");
  EXPECT_EQ(resolved(text, {"grid.steps=[10, 20]"}).findings.at(0).taken_away,
            "--set grid.steps=[10, 20] took away what it is about");
  EXPECT_EQ(resolved(text, {"grid.steps=5"}).findings.at(0).taken_away, "") << "its cells are there, and no others";
  EXPECT_NE(refusal(text, {"model.kind=exact", "model.hidden=[4]"}), "accepted");
  EXPECT_NE(refusal("model.hiden = [8]\n" + text, {"model.kind=exact"}), "accepted");
  EXPECT_NE(refusal(text + "b.grid.steps = 5\n", {"grid.steps=5"}), "accepted") << "wrong as it was written";
}

TEST(RecipeResolve, ShippedRecipesTakeOverrides) {
  for (const std::string name : {"spiral", "gaussians", "fashion-exact", "demo"})
    for (const std::string set :
         {"grid.steps=10", "grid.steps=[5,10,20]", "seed=1", "model.kind=exact", "sampler.name=ddim"})
      EXPECT_NO_THROW(Plan(resolve(read_recipe(name), {set}))) << name << " --set " << set;
}

TEST(Plan, AnAxisThatSaysNothingInACellIsNotItsAxis) {
  const ResolvedRecipe recipe =
      resolved(kBase + "[sweep]\nsampler.eta = [0.0, 0.5, 1.0]\nsampler.name = [\"euler\", \"ddim\"]\nseed = [1, 2]");
  const Plan plan(recipe);
  EXPECT_EQ(plan.cells(), 8);  // ddim: 3 x 2, euler: 2
  int euler = 0;
  std::int64_t last = -1;
  plan.for_each([&](const PlannedCell& cell) {
    EXPECT_GT(cell.place, last);
    last = cell.place;
    if (cell.settings.text("sampler.name") != "euler") return;
    ++euler;
    EXPECT_FALSE(cell.axes.contains("sampler.eta"));
  });
  EXPECT_EQ(euler, 2);
}

TEST(Plan, OnlyKeepsPlaces) {
  const ResolvedRecipe recipe =
      resolved(kBase + "[[sweep]]\ntitle = \"A\"\ngrid.steps = [5, 10]\nseed = [1, 2]\n[[sweep]]\nseed = [1, 2]");
  EXPECT_EQ(Plan(recipe, {"seed=2"}).cells(), 3);
  EXPECT_EQ(Plan(recipe, {"section=2"}).cells(), 2);
  EXPECT_EQ(Plan(recipe, {"section=A", "grid.steps=10"}).cells(), 2);
  Plan(recipe, {"grid.steps=10", "seed=1"}).for_each([](const PlannedCell& cell) { EXPECT_EQ(cell.place, 2); });
  const auto refused = [&](const std::string& only) {
    try {
      const Plan plan(recipe, {only});
      return std::string("accepted");
    } catch (const InputError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(refused("sed=1"), "--only sed=1: not an axis of this recipe; nearest: seed");
  EXPECT_EQ(refused("seed=9").substr(0, 43), "--only seed=9: not a value of this axis; ne");
  EXPECT_EQ(refused("section=B"), "--only section=B: there is no such section; nearest: A");
}

TEST(Plan, ListsOfListsSweepListValuedKeys) {
  const ResolvedRecipe recipe =
      resolved(kBase + "[[sweep]]\nmetrics.names = [\"w2\"]\n[[sweep]]\nmetrics.names = [[\"w2\"], [\"w2\", \"mmd\"]]");
  EXPECT_EQ(Plan(recipe).cells(), 3);
}

TEST(CellKey, SeesEveryBitThatDecidesAndNothingElse) {
  const auto key = [](const std::string& text, const std::string& weights = "") {
    std::string found;
    const ResolvedRecipe recipe = resolved(kBase + text);
    Plan(recipe).for_each([&](const PlannedCell& cell) { found = cell_key(cell.settings, "data", weights); });
    return found;
  };
  const std::string base = key("");
  EXPECT_EQ(base.size(), 64u);
  EXPECT_EQ(key("title = \"other\""), base);
  EXPECT_EQ(key("metrics.batch = 7"), base);
  EXPECT_EQ(key("grid.steps = 20"), base) << "the default, said aloud";
  EXPECT_EQ(key("training.steps = 5"), base) << "an exact model is not trained";
  for (const char* other : {"seed = 2", "grid.steps = 21", "dtype = \"double\"", "path.name = \"flow\"",
                            "sampler.eta = 4.9406564584124654e-324", "metrics.count = 999", "guidance.name = \"cfg\"",
                            "sampling.condition = \"none\"", "sampling.noise = \"brownian\"",
                            "sampling.outside = \"clamp\"", "metrics.names = [\"mmd\"]"})
    EXPECT_NE(key(other), base) << other;
  EXPECT_NE(key("", "other weights"), base);
  // A network is asked on its own path, whatever its weights: with training.steps = 0 they are those of any path.
  EXPECT_NE(key("training.path = \"flow\"", "weights"), key("", "weights"));
  EXPECT_EQ(key("training.path = \"flow\""), base);
}

// An entry whose bits are said to have changed, as long as this lives.
class Raised {
 public:
  Raised(std::string_view kind, std::string_view name) : entry_(const_cast<Entry&>(find_entry(kind, name))) {
    ++entry_.numerics;
  }
  ~Raised() { --entry_.numerics; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  Entry& entry_;  // the registry's own, which is no constant
};

// What an entry is made of decides its bits as it does itself.
TEST(CellKey, SeesTheNumericsOfWhatAnEntryNames) {
  const auto key = [](const std::string& text) {
    std::string found;
    const ResolvedRecipe recipe = resolved(kBase + text);
    Plan(recipe).for_each([&](const PlannedCell& cell) { found = cell_key(cell.settings, "data", "weights"); });
    return found;
  };
  const std::string heun = "sampler.name = \"heun\"\n";
  const struct {
    std::string recipe;
    const char *kind, *name;
    bool seen;
  } cases[] = {
      {heun + "grid.name = \"optimal\"", "solver", "ddim", true},
      {heun + "grid.name = \"optimal\"\ngrid.solver = \"euler\"", "solver", "euler", true},
      {heun + "grid.name = \"optimal\"\ngrid.solver = \"euler\"", "solver", "ddim", false},
      {heun, "solver", "ddim", false},
      {heun + "path.name = \"shifted\"", "path", "flow", true},
      {heun + "path.name = \"discretised\"\npath.of = \"flow\"", "path", "flow", true},
      {heun + "path.name = \"shifted\"\npath.of = \"vp\"", "path", "flow", false},
      {heun + "path.name = \"zero_terminal_snr\"", "path", "scaled_linear", true},
      {heun + "path.name = \"shifted\"\npath.of = \"discretised\"", "path", "discretised", true},
      {heun + "path.name = \"shifted\"\npath.of = \"discretised\"\npath.with = [\"of=cosine\"]", "path", "cosine",
       true},
      {heun + "path.name = \"flow\"\ntraining.path = \"zero_terminal_snr\"", "path", "scaled_linear", true},
  };
  for (const auto& c : cases) {
    const std::string before = key(c.recipe);
    const Raised raised(c.kind, c.name);
    EXPECT_EQ(key(c.recipe) != before, c.seen) << c.recipe << ": " << c.kind << " " << c.name;
  }
}

TEST(RecipeResolve, MutatedRecipesAreRefusedInOneLineOrPlanned) {
  const std::string whole =
      kBase +
      "model.kind = \"mlp\"\nmodel.hidden = [8, 8]\nguidance.name = \"cfg\"\nguidance.w = 1.5\n"
      "metrics.names = [\"w2\", \"mmd\"]\n[[sweep]]\nseed = [1, 2]\nsampler.name = [\"ddpm\", \"ddim\"]\n"
      "grid = { steps = [5, 10] }\n[[finding]]\ntitle = \"t\"\nkind = \"bound\"\n"
      "metric = \"w2\"\na = { sampler.name = \"ddpm\", grid.steps = 5 }\nat_least = 4\n";
  ASSERT_EQ(refusal(whole), "accepted");
  const std::vector<std::string> pieces = {"-1", "0", "1e308", "nan", "[]",          "{}",
                                           "\"", "=", ".",     "\n",  "[[sweep]]\n", "9223372036854775807"};
  std::uint64_t state = 1;
  const auto below = [&state](std::size_t n) {  // Knuth's MMIX generator
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state >> 33U) % n;
  };
  int refused = 0, planned = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = whole;
    const std::size_t at = below(text.size()), length = std::min(below(12), text.size() - at);
    text.replace(at, below(2) * length,
                 below(2) == 0 ? pieces[below(pieces.size())] : whole.substr(below(whole.size()), below(9)));
    try {
      const ResolvedRecipe recipe = resolved(text);
      EXPECT_GT(Plan(recipe).cells(), 0);
      ++planned;
    } catch (const InputError& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << text;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(planned, 50);
}

TEST(Findings, AreCheckedAgainstTheSweep) {
  const std::string sweep = kBase +
                            "[[sweep]]\ntitle = \"noise\"\nseed = [1, 2]\nsampler.name = [\"ddpm\", \"ddim\"]\n"
                            "grid.steps = [5, 10]\n[[finding]]\ntitle = \"t\"\nmetric = \"w2\"\n";
  const std::string good = sweep +
                           "kind = \"ratio\"\na = { section = \"noise\", sampler.name = \"ddpm\", grid.steps = 5 }\n"
                           "b = { sampler.name = \"ddim\", grid.steps = 5 }\nat_least = 4\n";
  const ResolvedRecipe recipe = resolved(good);
  ASSERT_EQ(recipe.findings.size(), 1u);
  EXPECT_EQ(recipe.findings[0].kind, FindingKind::ratio);
  EXPECT_EQ(*recipe.findings[0].at_least, 4.0);
  const struct {
    const char* text;
    const char* contains;
  } cases[] = {
      {"kind = \"ratioo\"", "r.toml:10:8: kind: expected one of ratio, difference, bound, first_unresolved"},
      {"kind = \"ratio\"\na.sampler.name = \"ddpm\"\na.grid.steps = 5", "b is missing"},
      {"kind = \"bound\"\na.sampler.name = \"ddpm\"",
       "a.grid.steps is missing: the cells of a may differ in seed only"},
      {"kind = \"bound\"\na.sampler.nam = \"ddpm\"",
       "r.toml:11:11: a.sampler.nam: not swept in this section; nearest: "},
      {"kind = \"bound\"\na.grid.steps = 6", "a.grid.steps: not a value of this axis, which takes 5, 10"},
      {"kind = \"bound\"\na.section = \"nose\"", "no section is titled 'nose'; nearest: noise"},
      {"kind = \"bound\"\nat_leest = 3", "unknown key 'at_leest' in a finding; nearest: at_least"},
      {"kind = \"first_unresolved\"\nb.grid.steps = 5", "a finding needs along"},
  };
  for (const auto& c : cases)
    EXPECT_NE(refusal(sweep + c.text).find(c.contains), std::string::npos) << refusal(sweep + c.text);
}

// metrics.count decides how many samples a cell draws: a metric with a parameter of that name would take it for its
// own.
TEST(Resolve, NoParameterHidesBehindAFixedKey) {
  for (const RegisteredTable& table : registered_tables())
    for (const Entry* entry : entries_of(table.kind))
      for (const Parameter& parameter : entry->parameters)
        EXPECT_EQ(find_fixed_key(std::string(table.table) + "." + parameter.name), nullptr)
            << entry->kind << " " << entry->name << ": " << parameter.name;
}

}  // namespace
}  // namespace ito::experiments
