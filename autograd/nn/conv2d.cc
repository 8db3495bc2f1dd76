#include "autograd/nn/conv2d.h"

namespace ito {

Conv2d::Conv2d(std::string layer_name, std::int64_t c_in, std::int64_t c_out, std::int64_t kernel,
               Conv2dOptions layer_options, std::uint64_t seed, InitialValues values, bool with_bias, DType dtype)
    : name(std::move(layer_name)), options(layer_options) {
  const Fan fan{kernel * kernel * c_in, kernel * kernel * c_out};
  weight = initial_value(name + ".weight", {kernel, kernel, c_in, c_out}, fan, seed, values, dtype);
  if (!with_bias) return;
  const InitialValues plain = values.law == Initial::zeros ? values : kConv2dInitial;
  bias = initial_value(name + ".bias", {c_out}, fan, seed, plain, dtype);
}

void Conv2d::parameters(const ParameterVisitor& visit) {
  visit(name + ".weight", weight);
  if (bias.defined()) visit(name + ".bias", bias);
}

}  // namespace ito
