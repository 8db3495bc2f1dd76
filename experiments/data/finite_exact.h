// The exact denoisers of a finite data set: of its Gaussian, of a Gaussian a class, and of its own points.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "experiments/data/dataset.h"

namespace ito::experiments {

struct FiniteExact {
  std::vector<ExactModel> models;                             // "mixture" (labelled sets only), "gaussian", "finite"
  std::function<std::shared_ptr<const Gaussian>()> gaussian;  // what "gaussian" is the denoiser of
};

// Of these examples. Fitted when first asked for; `hash` names the data.
FiniteExact finite_exact_models(const Examples& examples, int classes, const std::string& hash);

}  // namespace ito::experiments
