// The network's field and the exact one on a grid of the plane, for the report.
#pragma once

#include <cstdint>

#include "experiments/store/field_preview.h"
#include "samplers/denoiser.h"

namespace ito::experiments {

// Without labels and guidance, at four times, on a square around the first reference draws x0 [N, 2].
FieldPreview preview_field(const Path& path, const Denoiser& network, const Denoiser& exact, const Tensor& x0,
                           std::uint64_t seed);

}  // namespace ito::experiments
