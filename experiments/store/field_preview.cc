#include "experiments/store/field_preview.h"

namespace ito::experiments {

bool FieldPreview::consistent() const {
  const auto is = [](const Tensor& x, DType dtype, int rank) {
    return x.defined() && x.dtype() == dtype && x.rank() == rank && x.size() > 0;
  };
  if (!is(times, DType::f64, 1) || !is(at, DType::f32, 2) || !is(data, DType::f32, 3)) return false;
  const Shape arrows{times.dim(0), at.dim(0), 2};
  return at.dim(1) == 2 && data.dim(0) == times.dim(0) && data.dim(2) == 2 && network.defined() && exact.defined() &&
         network.dtype() == DType::f32 && exact.dtype() == DType::f32 && network.shape() == arrows &&
         exact.shape() == arrows;
}

}  // namespace ito::experiments
