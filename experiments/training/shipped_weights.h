// Weights that a recipe names instead of a training: model.weights = "fashion-unet", or a path to a .safetensors file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ito::experiments {

// Where names are looked for, nearest first: experiments/weights of the source tree that this folder is in, and
// share/ito/weights beside the program's own folder.
std::vector<std::filesystem::path> weight_folders();

// The file called `name_or_path` (with or without .safetensors), or at that path. InputError says what there is, and
// the nearest name.
std::filesystem::path find_weights(const std::string& name_or_path);

}  // namespace ito::experiments
