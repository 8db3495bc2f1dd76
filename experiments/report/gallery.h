// A gallery: many images of one size as one picture, thin separators between them.
#pragma once

#include "autograd/tensor.h"
#include "experiments/report/png.h"

namespace ito::experiments::report {

struct GalleryOptions {
  int columns = 0;  // 0: about as many as rows
  int scale = 0;    // pixels for one pixel; 0: so that an image is at least 56 wide
  int gap = 2;      // pixels between images
};

// images: float or double [N, H, W, 1 or 3] in [-1, 1]; -1 is black, 1 white, what is outside is clipped, NaN is black.
Image gallery(const Tensor& images, const GalleryOptions& options = {});

}  // namespace ito::experiments::report
