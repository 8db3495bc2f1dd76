// What the commands that compute say when they end, and their exit codes.
#pragma once

#include <string>

namespace ito::experiments {

// "interrupted; ... continue with: COMMAND" on standard error; gives 128 + signal.
int report_interrupt(int signal, const std::string& continue_with);

}  // namespace ito::experiments
