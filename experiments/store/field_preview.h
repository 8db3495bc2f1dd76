// A denoiser's field on a grid of the plane, at a few times, beside the exact one: what a report draws.
//
//   arrow at x = alpha(t) x_0-hat(x, t) - x = -sigma(t) eps-hat(x, t)
//
// It leads from x to the point of the shrunken data that the denoiser expects behind x; the score is arrow / sigma^2.
#pragma once

#include "autograd/tensor.h"

namespace ito::experiments {

struct FieldPreview {
  Tensor times;    // double [T]: parts of the way from data (0) to noise (1)
  Tensor at;       // float [G, 2], a square grid, the same at all times
  Tensor network;  // float [T, G, 2]
  Tensor exact;    // float [T, G, 2]
  Tensor data;     // float [T, M, 2]: points of the forward process, which is where a network was trained

  // Whether types and shapes are the above.
  bool consistent() const;
};

}  // namespace ito::experiments
