// Space to depth and back: an image as p x p patches, each the channels of one position.
//
//   [N, H, W, C] <-> [N, H/p, W/p, p p C], channel ((dy p + dx) C + c) of a position is pixel (dy, dx) of its patch
#pragma once

#include <cstdint>

#include "autograd/tensor.h"

namespace ito::experiments {

// Recorded on the tape; p = 1 is the image itself. InputError where p does not divide the sides.
Tensor to_patches(const Tensor& x, std::int64_t p);
Tensor from_patches(const Tensor& x, std::int64_t p);

}  // namespace ito::experiments
