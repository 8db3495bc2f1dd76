// The command line: which command, with which options.
#pragma once

#include <functional>

namespace ito::experiments {

// The command that was asked for, ready to be called. --help and --version print and give a command that returns 0.
// InputError, in one line, for anything that is not a command line of `ito`.
std::function<int()> parse_arguments(int argc, const char* const* argv);

}  // namespace ito::experiments
