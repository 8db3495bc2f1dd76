// The exact denoisers of a finite data set: of its Gaussian, of a Gaussian a class, and of its own points.
#pragma once

#include <string>
#include <vector>

#include "experiments/data/dataset.h"

namespace ito::experiments {

// "mixture" (labelled sets only), "gaussian" and "finite" of these examples. Fitted when first asked for; `hash` names
// the data.
std::vector<ExactModel> finite_exact_models(const Examples& examples, int classes, const std::string& hash);

}  // namespace ito::experiments
