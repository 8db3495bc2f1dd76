#include "autograd/nn/initial.h"

#include <cmath>

#include "kernels/random/random.h"

namespace ito {
namespace {

// Uniform in (-1, 1), or standard normal, in double.
Tensor drawn(std::string_view name, const Shape& shape, std::uint64_t seed, bool uniform) {
  Tensor x = Tensor::empty(shape, DType::f64);
  const std::span<double> values = x.mutable_span<double>();
  const RandomKey key = weights_key(seed, name);
  if (!uniform) {
    kernels::normal<double>(context(x), key, 0, 1, x.size(), values.data());
    return x;
  }
  kernels::uniform<double>(context(x), key, 0, 1, x.size(), values.data());
  for (double& value : values) value = 2 * value - 1;
  return x;
}

double width(Fan fan, InitialValues values) {
  const double in = static_cast<double>(fan.in);
  const double both = static_cast<double>(fan.in + fan.out);
  switch (values.law) {
    case Initial::xavier_uniform:
      return values.gain * std::sqrt(6 / both);
    case Initial::xavier_normal:
      return values.gain * std::sqrt(2 / both);
    case Initial::kaiming_uniform:
      return values.gain * std::sqrt(3 / in);
    case Initial::kaiming_normal:
      return values.gain / std::sqrt(in);
    case Initial::zeros:
    case Initial::ones:
      break;
  }
  return 0;
}

}  // namespace

Tensor initial_value(std::string_view name, const Shape& shape, Fan fan, std::uint64_t seed, InitialValues values,
                     DType dtype) {
  require(dtype != DType::i32, "a parameter is of type float or double");
  if (values.law == Initial::zeros || values.law == Initial::ones)
    return Tensor::full(shape, values.law == Initial::ones ? 1 : 0, dtype);
  require(fan.in >= 1 && fan.out >= 1, "a layer has at least one input and one output");
  const bool uniform = values.law == Initial::xavier_uniform || values.law == Initial::kaiming_uniform;
  Tensor x = drawn(name, shape, seed, uniform);
  const double scale = width(fan, values);
  for (double& value : x.mutable_span<double>()) value *= scale;
  return x.to(dtype);
}

}  // namespace ito
