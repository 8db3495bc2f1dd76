// Whether samples are of the class that was asked for, from somebody's probabilities of the classes.
#pragma once

#include <cstdint>
#include <span>

#include "autograd/tensor.h"

namespace ito::experiments {

struct ClassJudgement {
  double accuracy = 0;     // share of samples whose most probable class is the one asked for
  double probability = 0;  // mean of p(c_i | x_i)
};

// probabilities [N, classes], labels int32 [N]; samples whose label is no class are left out (0 where none is left).
ClassJudgement judge_classes(std::span<const double> probabilities, std::int64_t classes, const Tensor& labels);

}  // namespace ito::experiments
