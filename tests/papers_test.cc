// What papers/ points at exists: in every table of equations the files named are there, the functions and types named
// stand in one of them, and what is named without a file is registered, a parameter, or a key of recipes. The
// commands quoted are of commands that `ito` has.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "experiments/recipe/recipe_names.h"
#include "experiments/recipe/schema.h"
#include "samplers/registry.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<fs::path> pages() {
  std::vector<fs::path> found;
  for (const auto& file : fs::recursive_directory_iterator(tree_root() / "papers"))
    if (file.path().extension() == ".md") found.push_back(file.path());
  std::sort(found.begin(), found.end());
  return found;
}

// The words between backticks of one line.
std::vector<std::string> quoted(const std::string& line) {
  std::vector<std::string> words;
  const std::regex code("`([^`]+)`");
  for (std::sregex_iterator it(line.begin(), line.end(), code), end; it != end; ++it) words.push_back((*it)[1]);
  return words;
}

// The cells of a row of a table: "\|" does not part them.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '|' && line[i - 1] != '\\')
      parts.emplace_back();
    else
      parts.back() += line[i];
  }
  return parts;
}

bool is_file_name(const std::string& word) {
  return std::regex_match(word, std::regex("[a-z_0-9]+/[A-Za-z_0-9/.-]+|[A-Z][A-Za-z]*file|[a-z_]+\\.(h|cc|toml|txt)"));
}

// Everything that has a name in `ito list` or a recipe.
const std::set<std::string>& known_names() {
  static const std::set<std::string> names = [] {
    std::set<std::string> all = {"ito"};
    for (const Entry* entry : all_entries()) {
      all.insert(entry->name);
      for (const Parameter& parameter : entry->parameters) {
        all.insert(parameter.name);
        all.insert(parameter.choices.begin(), parameter.choices.end());
      }
    }
    for (const experiments::FixedKey& key : experiments::fixed_keys()) {
      all.insert(key.parameter.name);
      all.insert(key.parameter.choices.begin(), key.parameter.choices.end());
    }
    for (const experiments::NamedRecipe& recipe : experiments::shipped_recipes()) all.insert(recipe.name);
    for (const experiments::RegisteredTable& table : experiments::registered_tables())
      for (const Entry* entry : entries_of(table.kind))
        for (const Parameter& parameter : entry->parameters)
          all.insert(std::string(table.table) + "." + parameter.name);
    return all;
  }();
  return names;
}

// "training.times = "discrete"" names its key, and its value where that is a word.
bool is_known(const std::string& word) {
  std::smatch parts;
  if (std::regex_match(word, parts, std::regex("([a-zA-Z_0-9.]+) = \"?([^\"]*)\"?"))) {
    const std::string value = parts[2];
    const bool number = std::regex_match(value, std::regex("[-0-9.e\\[\\], ]+|true|false"));
    return known_names().count(parts[1]) > 0 && (number || known_names().count(value) > 0);
  }
  return known_names().count(word) > 0;
}

// `Ddim::step`, `conversion`, `log_alpha(t)`: each part stands in the text as a word.
bool stands_in(const std::string& name, const std::string& text) {
  const std::string bare = name.substr(0, name.find('('));
  const std::regex part("[A-Za-z_][A-Za-z_0-9]*");
  if (!std::regex_match(bare, std::regex("[A-Za-z_][A-Za-z_0-9]*(::[A-Za-z_][A-Za-z_0-9]*)*"))) return false;
  for (std::sregex_iterator it(bare.begin(), bare.end(), part), end; it != end; ++it)
    if (!std::regex_search(text, std::regex("\\b" + it->str() + "\\b"))) return false;
  return true;
}

// One message for each name in the second cell of a row that is not there.
std::vector<std::string> missing_in(const std::string& cell) {
  std::vector<std::string> missing;
  std::string files;
  std::vector<std::string> names;
  const fs::path root = tree_root();
  for (const std::string& word : quoted(cell)) {
    if (!is_file_name(word)) {
      names.push_back(word);
      continue;
    }
    if (!fs::exists(root / word))
      missing.push_back("no file " + word);
    else if (fs::is_regular_file(root / word))
      files += text_of(root / word);
    else
      for (const auto& file : fs::directory_iterator(root / word))
        if (file.is_regular_file()) files += text_of(file.path());
  }
  for (const std::string& name : names)
    if (!is_known(name) && !stands_in(name, files)) missing.push_back("nothing is called " + name);
  return missing;
}

TEST(Papers, FunctionsAndFilesThatTablesNameExist) {
  int rows = 0;
  for (const fs::path& page : pages()) {
    std::istringstream lines(text_of(page));
    bool in_table = false;
    for (std::string line; std::getline(lines, line);) {
      // A table of equations opens with "| paper | here ...".
      if (line.rfind("| paper |", 0) == 0) {
        in_table = true;
        continue;
      }
      if (line.empty() || line[0] != '|') in_table = false;
      const std::vector<std::string> parts = cells(line);
      if (!in_table || parts.size() < 2 || parts[1].find("---") != std::string::npos) continue;
      ++rows;
      for (const std::string& what : missing_in(parts[1]))
        ADD_FAILURE() << page.lexically_relative(tree_root()) << ": " << what << " in \"" << line << "\"";
    }
  }
  EXPECT_GE(rows, 40);
}

TEST(Papers, WhatIsMissingIsSeen) {
  EXPECT_TRUE(missing_in("`Ddim::step` in `samplers/solvers/ddim.cc`, `eta = 0.5`, `ddpm`").empty());
  EXPECT_EQ(missing_in("`Ddim::stop` in `samplers/solvers/ddim.cc`").size(), 1u);
  EXPECT_EQ(missing_in("`samplers/solvers/dimm.cc`").size(), 1u);
  EXPECT_EQ(missing_in("`variance = \"fixed_tiny\"`").size(), 1u);
  EXPECT_EQ(missing_in("`no_such_solver`").size(), 1u);
}

// `build/ito NAME ...` in any page is a command, and a recipe that it names is shipped.
TEST(Papers, CommandsAndRecipesThatAreQuotedExist) {
  std::set<std::string> recipes;
  for (const experiments::NamedRecipe& recipe : experiments::shipped_recipes()) recipes.insert(recipe.name);
  const std::set<std::string> commands = {"run",     "check", "sample", "score",  "compare", "verify", "list",
                                          "explain", "train", "doctor", "report", "orders",  "exact"};
  int quoted_commands = 0;
  for (const fs::path& page : pages()) {
    const std::string text = text_of(page);
    const std::regex command("build/ito ([a-z]+)(?: ([A-Za-z_0-9-]+))?");
    for (std::sregex_iterator it(text.begin(), text.end(), command), end; it != end; ++it) {
      ++quoted_commands;
      const std::string name = (*it)[1], argument = (*it)[2];
      EXPECT_TRUE(commands.count(name)) << page << ": " << it->str();
      const bool of_recipe =
          (name == "run" || name == "check" || name == "sample" || name == "exact") && !argument.empty();
      EXPECT_TRUE(!of_recipe || argument[0] == '-' || recipes.count(argument)) << page << ": " << it->str();
    }
  }
  EXPECT_GE(quoted_commands, 8);
}

}  // namespace
}  // namespace ito
