// Where a run lives: a folder with its store, its weights and its report.
#pragma once

#include <filesystem>
#include <string>

namespace ito::experiments {

// `out` where given; else build/runs/NAME of the source tree that holds this folder, or of this folder itself.
std::filesystem::path run_folder(const std::string& name, const std::string& out);
// run_folder, made where it is missing. EnvironmentError names it.
std::filesystem::path make_run_folder(const std::string& name, const std::string& out);
// The folder of an existing run, given its path or its recipe's name. InputError when there is no store in it.
std::filesystem::path find_run(const std::string& path_or_name);

}  // namespace ito::experiments
