// Data sets that are arrays: how examples are drawn from them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiments/data/dataset.h"

namespace ito::experiments {

// Fills name, shape, classes, class names, hash (of the tensors), `draw` and the exact formulas.
// Labels are 0 .. classes - 1, where there are any. `held_out` may be empty.
std::shared_ptr<const Dataset> finite_dataset(std::string name, Examples train, Examples held_out,
                                              std::vector<std::string> class_names, int classes);

// Rows of x and their labels by index.
Examples gather(const Examples& examples, std::span<const std::int64_t> rows);

}  // namespace ito::experiments
