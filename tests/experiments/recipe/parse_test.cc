// Recipes as written: order, places, overrides; and that no text whatever does more than throw InputError.
#include "experiments/recipe/recipe.h"

namespace ito::experiments {
namespace {

const char kRecipe[] = R"(title = "Spiral"
description = "steps"
data.name = "spiral"
grid.steps = 20
sampler.eta = 0.5
[model]
kind = "mlp"
hidden = [128, 128]

[[sweep]]
title = "steps"
seed = [1, 2]
grid.steps = [5, 10]
[[sweep]]
sampler = { name = "ddim", eta = [0.0, 1.0] }

[[finding]]
title = "eta matters"
kind = "ratio"
metric = "w2"
a = { section = 2, sampler.eta = 1.0 }
)";

TEST(RecipeParse, KeepsOrderPlacesAndSections) {
  const Recipe recipe = parse_recipe(kRecipe, "folder/spiral.toml");
  EXPECT_EQ(recipe.name, "spiral");
  EXPECT_EQ(recipe.title, "Spiral");
  EXPECT_EQ(recipe.description, "steps");
  std::vector<std::string> keys;
  for (const auto& [key, item] : recipe.base) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"data.name", "grid.steps", "sampler.eta", "model.kind", "model.hidden"}));
  const Item& steps = *find_item(recipe.base, "grid.steps");
  EXPECT_EQ(steps.where.text(), "folder/spiral.toml:4:14");
  EXPECT_EQ(steps.key.line, 4);
  EXPECT_EQ(std::get<std::int64_t>(steps.node), 20);
  ASSERT_EQ(recipe.sections.size(), 2u);
  EXPECT_EQ(recipe.sections[0].title, "steps");
  EXPECT_EQ(recipe.sections[0].items.at(0).first, "seed");
  EXPECT_EQ(recipe.sections[1].items.at(1).first, "sampler.eta");
  ASSERT_EQ(recipe.findings.size(), 1u);
  EXPECT_NE(find_item(recipe.findings[0].items, "a.sampler.eta"), nullptr);
}

TEST(RecipeParse, WithoutASweepThereIsOneSection) {
  EXPECT_EQ(parse_recipe("data.name = \"spiral\"\n", "x.toml").sections.size(), 1u);
}

TEST(RecipeParse, SaysWhereTomlEnds) {
  const struct {
    const char* text;
    const char* starts;
  } cases[] = {{"a = 1\nb =\n", "r.toml:2:"},
               {"a = 1\na = 2\n", "r.toml:2:"},
               {"a = nan\n", "r.toml:1:5: expected a finite number"},
               {"a = 1979-05-27\n", "r.toml:1:5: dates and times have no meaning in a recipe"},
               {"title = 3\n", "r.toml:1:9: title: expected text in quotes"},
               {"sweep = 3\n", "r.toml:1:9: expected [sweep] or [[sweep]] sections"},
               {"sweep = [1]\n", "r.toml:1:10: expected [sweep] or [[sweep]] sections"},
               {"[finding]\ntitle = \"x\"\n", "r.toml:1:1: expected [[finding]] sections"},
               {"x = [{a = 1}]\n", "r.toml:1:6: expected a value or a list of values, found a table"}};
  for (const auto& c : cases) {
    try {
      parse_recipe(c.text, "r.toml");
      ADD_FAILURE() << "accepted: " << c.text;
    } catch (const InputError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(c.starts)) << c.text << " -> " << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  }
}

TEST(RecipeParse, TruncatedAndFlippedRecipesThrowOrParse) {
  const std::string whole = kRecipe;
  int refused = 0;
  const auto feed = [&](const std::string& text) {
    try {
      parse_recipe(text, "r.toml");
    } catch (const InputError& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  };
  for (std::size_t n = 0; n < whole.size(); ++n) feed(whole.substr(0, n));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      feed(flipped);
    }
  }
  feed(std::string(100000, '['));
  feed("a = " + std::string(100000, '['));
  feed("a = \"" + std::string(3 << 20, 'x') + "\"");
  EXPECT_GT(refused, 1000);
}

TEST(RecipeParse, OverridesAreTomlOrBareWords) {
  const Location where{"--set k=v", 0, 0};
  EXPECT_EQ(std::get<std::int64_t>(parse_value("10", where).node), 10);
  EXPECT_EQ(std::get<double>(parse_value("1e-3", where).node), 1e-3);
  EXPECT_EQ(std::get<bool>(parse_value("true", where).node), true);
  EXPECT_EQ(std::get<std::string>(parse_value("dpm_solver_pp", where).node), "dpm_solver_pp");
  EXPECT_EQ(std::get<std::string>(parse_value("\"two words\"", where).node), "two words");
  EXPECT_EQ(parse_value("[1, 2]", where).list().size(), 2u);
  for (const char* bad : {"", "1\nb = 2", "two words", "[1, 2", "{a = 1}", "inf"}) {
    try {
      parse_value(bad, where);
      ADD_FAILURE() << bad;
    } catch (const InputError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("--set k=v: ")) << error.what();
    }
  }
}

}  // namespace
}  // namespace ito::experiments
