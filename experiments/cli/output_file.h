// A file that a command writes at its end, looked at before its work begins.
#pragma once

#include <filesystem>

namespace ito::experiments {

// `option`: as the command line calls it, "--out". InputError where the folder is missing or the path is not a file's;
// EnvironmentError where the system will not let a file be written there.
void check_output_file(const char* option, const std::filesystem::path& file);

}  // namespace ito::experiments
