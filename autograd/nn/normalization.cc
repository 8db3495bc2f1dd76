#include "autograd/nn/normalization.h"

namespace ito {
namespace {

Tensor constant(std::int64_t channels, double value, bool affine, DType dtype) {
  return affine ? Tensor::full({channels}, value, dtype) : Tensor();
}

void visit_defined(const ParameterVisitor& visit, const std::string& name, Tensor& parameter) {
  if (parameter.defined()) visit(name, parameter);
}

}  // namespace

LayerNorm::LayerNorm(std::string layer_name, std::int64_t channels, bool affine, double eps, DType dtype)
    : name(std::move(layer_name)),
      weight(constant(channels, 1, affine, dtype)),
      bias(constant(channels, 0, affine, dtype)),
      epsilon(eps) {}

void LayerNorm::parameters(const ParameterVisitor& visit) {
  visit_defined(visit, name + ".weight", weight);
  visit_defined(visit, name + ".bias", bias);
}

RmsNorm::RmsNorm(std::string layer_name, std::int64_t channels, bool affine, double eps, DType dtype)
    : name(std::move(layer_name)), weight(constant(channels, 1, affine, dtype)), epsilon(eps) {}

void RmsNorm::parameters(const ParameterVisitor& visit) { visit_defined(visit, name + ".weight", weight); }

GroupNorm::GroupNorm(std::string layer_name, std::int64_t group_count, std::int64_t channels, bool affine, double eps,
                     DType dtype)
    : name(std::move(layer_name)),
      groups(group_count),
      weight(constant(channels, 1, affine, dtype)),
      bias(constant(channels, 0, affine, dtype)),
      epsilon(eps) {
  if (groups < 1 || channels % groups != 0)
    throw InputError(name + ": " + std::to_string(groups) + " groups do not divide " + std::to_string(channels) +
                     " channels");
}

void GroupNorm::parameters(const ParameterVisitor& visit) {
  visit_defined(visit, name + ".weight", weight);
  visit_defined(visit, name + ".bias", bias);
}

}  // namespace ito
