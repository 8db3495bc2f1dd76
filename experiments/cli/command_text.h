// A command line as it would be typed again.
#pragma once

#include <string>

#include "experiments/cli/commands.h"

namespace ito::experiments {

// ito COMMAND RECIPE [--set ...] [--only ...] [--out ...], words quoted where a shell needs it.
std::string command_text(const std::string& command, const RecipeOptions& recipe, const std::string& out);
std::string shell_word(const std::string& word);

}  // namespace ito::experiments
