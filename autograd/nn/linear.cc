#include "autograd/nn/linear.h"

namespace ito {

Linear::Linear(std::string layer_name, std::int64_t c_in, std::int64_t c_out, std::uint64_t seed, InitialValues values,
               bool with_bias, DType dtype)
    : name(std::move(layer_name)),
      weight(initial_value(name + ".weight", {c_in, c_out}, {c_in, c_out}, seed, values, dtype)) {
  if (!with_bias) return;
  const InitialValues plain = values.law == Initial::zeros ? values : kLinearInitial;
  bias = initial_value(name + ".bias", {c_out}, {c_in, c_out}, seed, plain, dtype);
}

void Linear::parameters(const ParameterVisitor& visit) {
  visit(name + ".weight", weight);
  if (bias.defined()) visit(name + ".bias", bias);
}

}  // namespace ito
