#include "experiments/cli/command_text.h"

#include <string_view>

namespace ito::experiments {

std::string shell_word(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,+:@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string command_text(const std::string& command, const RecipeOptions& recipe, const std::string& out) {
  std::string text = "ito " + command + " " + shell_word(recipe.recipe);
  for (const std::string& set : recipe.set) text += " --set " + shell_word(set);
  for (const std::string& only : recipe.only) text += " --only " + shell_word(only);
  if (!out.empty()) text += " --out " + shell_word(out);
  return text;
}

}  // namespace ito::experiments
