#include "autograd/optim/clip.h"

#include <cmath>

#include "autograd/arithmetic.h"
#include "kernels/linear_combination/linear_combination.h"

namespace ito {

double global_norm(std::span<const Tensor> gradients) {
  double squares = 0;
  for (const Tensor& gradient : gradients) squares += squared_norm(gradient);
  return std::sqrt(squares);
}

double clip_by_global_norm(std::span<Tensor> gradients, double max_norm) {
  require(max_norm > 0, "gradients are clipped to a norm above 0");
  const double norm = global_norm(gradients);
  if (!(norm > max_norm)) return norm;
  const double scale[] = {max_norm / norm};
  for (Tensor& gradient : gradients) {
    with_float_type(gradient.dtype(), [&]<class T>() {
      T* values = gradient.mutable_span<T>().data();
      const T* const terms[] = {values};
      kernels::linear_combination<T>(context(gradient), gradient.size(), scale, terms, values);
    });
  }
  return norm;
}

}  // namespace ito
