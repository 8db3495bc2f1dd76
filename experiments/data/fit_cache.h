// Fits that take seconds, kept on disk between runs: build/cache in the source tree, $ITO_CACHE where that is set, else
// $XDG_CACHE_HOME/ito or ~/.cache/ito.
//
// A cached file carries the key it was made for and the SHA-256 of its tensors; one that is missing, damaged, or of
// another key is fitted again. A folder that cannot be written costs time, never the run.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "autograd/tensor.h"

namespace ito::experiments {

using Fit = std::map<std::string, Tensor>;

// `key` names everything that decides the fit: data, formula, numerics.
Fit cached_fit(const std::string& key, const std::function<Fit()>& fit);

// Where they are kept.
std::filesystem::path cache_folder();

}  // namespace ito::experiments
