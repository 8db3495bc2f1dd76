// Where the program stands when it is run inside a copy of its own source.
#pragma once

#include <filesystem>

namespace ito::experiments {

// The nearest folder here or above that is a source tree of ito (its Makefile, kernels and recipes); empty: none is.
std::filesystem::path source_tree();

}  // namespace ito::experiments
