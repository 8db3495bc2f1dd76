#include "samplers/registry.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "samplers/factories.h"

namespace ito {
namespace {

namespace fs = std::filesystem;

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

const Entry sample_entry{
    .name = "thing",
    .kind = "solver",
    .parameters = {
        {.name = "eta", .default_value = 0.5, .meaning = "m", .min = 0, .max = 1},
        {.name = "steps", .default_value = std::int64_t{3}, .meaning = "m", .min = 1},
        {.name = "noise", .default_value = true, .meaning = "m"},
        {.name = "mode", .default_value = std::string("small"), .meaning = "m", .choices = {"small", "large"}},
        {.name = "times", .default_value = std::vector<double>{1, 0}, .meaning = "m"}}};

TEST(Registry, ValueTextReadsBackToTheSameValue) {
  EXPECT_EQ(value_text(true), "true");
  EXPECT_EQ(value_text(std::int64_t{-3}), "-3");
  EXPECT_EQ(value_text(0.1), "0.1");
  EXPECT_EQ(value_text(1.0), "1");
  EXPECT_EQ(value_text(std::string("text")), "text");
  EXPECT_EQ(value_text(std::vector<double>{1, 2.5}), "[1, 2.5]");
  EXPECT_EQ(value_text(std::vector<std::string>{"a", "b"}), "[\"a\", \"b\"]");
  for (const double x : {1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 4.0357e-5, 123456789.123456789}) {
    const double back = std::strtod(value_text(x).c_str(), nullptr);
    EXPECT_EQ(std::memcmp(&back, &x, sizeof x), 0) << value_text(x);
  }
}

TEST(Registry, ParametersTakeDefaultsAndOverrides) {
  const Parameters defaults(sample_entry, {});
  EXPECT_EQ(defaults.number("eta"), 0.5);
  EXPECT_EQ(defaults.integer("steps"), 3);
  EXPECT_TRUE(defaults.boolean("noise"));
  EXPECT_EQ(defaults.text("mode"), "small");
  EXPECT_EQ(defaults.numbers("times"), (std::vector<double>{1, 0}));
  const Parameters given(sample_entry, {{"eta", std::int64_t{1}}, {"mode", std::string("large")}});
  EXPECT_EQ(given.number("eta"), 1.0);
  EXPECT_EQ(given.text("mode"), "large");
  EXPECT_EQ(given.all().size(), 5u);
}

TEST(Registry, BadParametersSayWhatWasExpected) {
  const auto message = [](const char* name, const Value& value) {
    return message_of([&] { Parameters(sample_entry, {{name, value}}); });
  };
  EXPECT_EQ(message("etaa", 0.1), "solver 'thing': unknown parameter 'etaa'; nearest: eta");
  EXPECT_EQ(message("eta", std::string("x")), "solver 'thing': parameter 'eta' is x (text); expected number");
  EXPECT_EQ(message("eta", 1.5), "solver 'thing': parameter 'eta' is 1.5; expected 0 to 1");
  EXPECT_EQ(message("eta", std::nan("")), "solver 'thing': parameter 'eta' is nan; expected 0 to 1");
  EXPECT_EQ(message("steps", std::int64_t{0}), "solver 'thing': parameter 'steps' is 0; expected at least 1");
  EXPECT_EQ(message("steps", 2.5), "solver 'thing': parameter 'steps' is 2.5 (number); expected integer");
  EXPECT_EQ(message("mode", std::string("smalll")),
            "solver 'thing': parameter 'mode' is smalll; expected one of [small, large]; nearest: small");
  EXPECT_EQ(message("mode", std::string("")).substr(0, 37), "solver 'thing': parameter 'mode' is ;");
  EXPECT_EQ(message("times", std::vector<double>{1, INFINITY}),
            "solver 'thing': parameter 'times' is [1, inf]; expected a finite number");
  const Parameters defaults(sample_entry, {});
  EXPECT_THROW(defaults.integer("eta"), InputError);
  EXPECT_THROW(defaults.number("nothing"), InputError);
}

TEST(Registry, NearestNameIsByEditDistance) {
  EXPECT_EQ(nearest_name("dimm", {"ddpm", "ddim", "heun"}), "ddim");
  EXPECT_EQ(nearest_name("karas", {"leading", "karras"}), "karras");
  EXPECT_EQ(nearest_name("", {"abc", "ab"}), "ab");
  EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(Registry, UnknownNamesNameTheNearest) {
  EXPECT_EQ(message_of([] { find_entry("nothing", "x"); }), "no nothing is called 'x'");
  EXPECT_EQ(message_of([] { make_path("vpp"); }), "no path is called 'vpp'; nearest: vp");
}

// Every file of a folder registers what it implements, and nothing else is registered.
TEST(Registry, EqualsTheFolders) {
  fs::path root = fs::current_path();
  while (!(fs::exists(root / "samplers") && fs::exists(root / "Makefile")) && root != root.parent_path())
    root = root.parent_path();
  const std::vector<std::array<std::string, 3>> folders = {{"path", "paths", "Path"},
                                                           {"grid", "grids", "Grid"},
                                                           {"solver", "solvers", "Solver"},
                                                           {"guidance", "guidance", "Guidance"}};
  for (const auto& [kind, folder, type] : folders) {
    std::set<std::string> in_files;
    const std::regex entry("Register<" + type + ">\\s*\\w+\\s*\\{\\s*\\{\\s*\\.name = \"([^\"]+)\"");
    if (!fs::exists(root / "samplers" / folder)) continue;
    for (const auto& file : fs::directory_iterator(root / "samplers" / folder)) {
      if (file.path().extension() != ".cc") continue;
      std::stringstream text;
      text << std::ifstream(file.path()).rdbuf();
      const std::string body = text.str();
      std::size_t found = 0;
      for (std::sregex_iterator it(body.begin(), body.end(), entry), end; it != end; ++it, ++found) {
        const std::string name = (*it)[1];
        in_files.insert(name);
        EXPECT_EQ(name, file.path().stem().string()) << file.path() << " registers " << name;
      }
      EXPECT_GE(found, 1u) << file.path() << " registers no " << kind;
    }
    std::set<std::string> registered;
    for (const Entry* e : entries_of(kind))
      EXPECT_TRUE(registered.insert(e->name).second) << kind << " '" << e->name << "' is registered twice";
    EXPECT_EQ(registered, in_files) << kind;
  }
}

TEST(Registry, EveryEntryExplainsItself) {
  for (const std::string kind : {"path", "grid", "solver", "guidance"})
    for (const Entry* entry : entries_of(kind)) {
      const std::string name = kind + " '" + entry->name + "'";
      EXPECT_FALSE(entry->summary.empty()) << name;
      EXPECT_FALSE(entry->formula.empty()) << name;
      EXPECT_FALSE(entry->paper.empty()) << name;
      EXPECT_EQ(kind == "solver", !entry->order.empty()) << name;
      EXPECT_EQ(kind == "solver" || kind == "guidance", !entry->evaluations.empty()) << name;
      for (const Parameter& parameter : entry->parameters) EXPECT_FALSE(parameter.meaning.empty()) << name;
      EXPECT_NO_THROW(Parameters(*entry, {})) << name;
      // A default is itself inside its bounds.
      for (const Parameter& parameter : entry->parameters)
        EXPECT_NO_THROW(Parameters(*entry, {{parameter.name, parameter.default_value}})) << name << parameter.name;
    }
}

}  // namespace
}  // namespace ito
