#include "autograd/gradcheck.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/tape.h"
#include "kernels/random/random.h"

namespace ito {
namespace {

// Near eps^(1/3), where truncation and rounding of a central difference balance; a power of two, so that h is exact.
constexpr double kStep = 0x1p-17;

struct Weighted {
  double sum = 0;        // <w, y>
  double magnitude = 0;  // sum |w y|
};

Weighted weighted(const Tensor& y, const Tensor& w) {
  Weighted total;
  const Tensor packed = y.packed();
  const std::span<const double> values = packed.span<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double term = w.span<double>()[i] * values[i];
    total.sum += term;
    total.magnitude += std::fabs(term);
  }
  return total;
}

// In [-1.25, -0.25] and [0.25, 1.25]: away from zero, so that no element of the result goes unseen.
Tensor random_weights(const Shape& shape) {
  Tensor w = Tensor::empty(shape, DType::f64);
  std::uint32_t element = 0;
  for (double& value : w.mutable_span<double>()) {
    const double u = 2 * random_uniform(RandomKey(1, 0, Stream::test), 0, element++) - 1;
    value = u + std::copysign(0.25, u);
  }
  return w;
}

}  // namespace

std::string gradcheck(const GradcheckFunction& f, const std::vector<Tensor>& inputs, double roundings) {
  std::vector<Tensor> watched = inputs;
  Tape::current().clear();
  for (Tensor& x : watched) Tape::current().watch(x);
  const Tensor y = f(watched);
  if (y.dtype() != DType::f64) return "the result is not of type double";
  const Tensor w = random_weights(y.shape());
  const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, w, watched);

  const NoGrad no_grad;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    std::vector<Tensor> shifted = inputs;
    shifted[k] = inputs[k].clone();
    for (std::size_t i = 0; i < static_cast<std::size_t>(inputs[k].size()); ++i) {
      const double x = shifted[k].span<double>()[i];
      const double h = kStep * std::max(1.0, std::ldexp(1.0, std::ilogb(std::fabs(x) + 1)));
      double magnitude = 0;
      const auto value_at = [&](double shift) {
        shifted[k].mutable_span<double>()[i] = x + shift;
        const Weighted value = weighted(f(shifted), w);
        magnitude = std::max(magnitude, value.magnitude);
        return value.sum;
      };
      const double near = (value_at(h) - value_at(-h)) / (2 * h);
      const double far = (value_at(2 * h) - value_at(-2 * h)) / (4 * h);
      shifted[k].mutable_span<double>()[i] = x;
      const double rounding = roundings * std::numeric_limits<double>::epsilon() * (magnitude + std::fabs(near)) / h;
      const double bound = std::fabs(far - near) + rounding;
      const double gradient = gradients[k].span<double>()[i];
      if (!(std::fabs(gradient - near) <= bound))
        return fmt::format("input {} of shape {}, element {}: the tape says {}, central differences {} +- {}", k,
                           inputs[k].shape().text(), i, gradient, near, bound);
    }
  }
  return "";
}

}  // namespace ito
