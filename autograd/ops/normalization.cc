// Layer, RMS and group norm with modulation and SiLU; formulas and gradients in kernels/normalization. What is kept for
// the gradient is x and the statistics: all else is computed again from them.
#include "kernels/normalization/normalization.h"

#include <string>
#include <utility>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"

namespace ito {
namespace {

enum class Norm : unsigned char { layer, rms, group };

struct Options {
  const char* name;
  Norm norm;
  std::int64_t groups;
  double epsilon;
  bool silu;
};

std::string described(const Tensor& x) { return std::string(dtype_name(x.dtype())) + " " + x.shape().text(); }

// x seen as [samples, positions, channels], and the tensors of coefficients, contiguous or undefined.
struct Operands {
  Tensor x, weight, bias, scale, shift;

  template <class T>
  kernels::Normalization<T> kernel(const Options& o) const {
    const auto data = [](const Tensor& t) { return t.defined() ? t.span<T>().data() : nullptr; };
    std::int64_t positions = 1;
    for (int axis = 1; axis + 1 < x.rank(); ++axis) positions *= x.dim(axis);
    return {.samples = x.dim(0),
            .positions = positions,
            .channels = x.dim(-1),
            .groups = o.groups,
            .epsilon = o.epsilon,
            .weight = data(weight),
            .bias = data(bias),
            .scale = data(scale),
            .shift = data(shift),
            .silu = o.silu};
  }
  std::int64_t statistics(const Options& o) const {
    if (o.norm == Norm::group) return x.dim(0) * o.groups;
    return x.dim(-1) == 0 ? 0 : x.size() / x.dim(-1);
  }
};

Operands checked(const Options& o, const Tensor& x, const Tensor& weight, const Tensor& bias,
                 const Modulation& modulation) {
  const std::string name = std::string(o.name) + "()";
  require(x.defined(), (name + " was given an undefined tensor").c_str());
  if (x.rank() < 2) throw InputError(name + ": takes [N, ..., C], not " + described(x));
  if (o.groups < 1 || x.dim(-1) % o.groups != 0)
    throw InputError(name + ": " + std::to_string(o.groups) + " groups do not divide the " + std::to_string(x.dim(-1)) +
                     " channels of " + described(x));
  const auto fit = [&](const Tensor& t, const char* what, const Shape& shape) {
    if (!t.defined()) return Tensor();
    if (t.shape() != shape || t.dtype() != x.dtype())
      throw InputError(name + ": the " + what + " of " + described(x) + " is " + dtype_name(x.dtype()) + " " +
                       shape.text() + ", not " + described(t));
    return t.packed();
  };
  const Shape channels{x.dim(-1)}, per_sample{x.dim(0), x.dim(-1)};
  return {x.packed(), fit(weight, "weight", channels), fit(bias, "bias", channels),
          fit(modulation.scale, "scale", per_sample), fit(modulation.shift, "shift", per_sample)};
}

template <class T>
void forward(const Options& o, const Operands& in, Tensor& y, Tensor& mean, Tensor& reciprocal_std) {
  const kernels::Normalization<T> f = in.kernel<T>(o);
  const auto data = [](Tensor& t) { return t.defined() ? t.mutable_span<T>().data() : nullptr; };
  const T* x = in.x.span<T>().data();
  if (o.norm == Norm::layer) kernels::layer_norm<T>(context(y), f, x, data(y), data(mean), data(reciprocal_std));
  if (o.norm == Norm::rms) kernels::rms_norm<T>(context(y), f, x, data(y), data(reciprocal_std));
  if (o.norm == Norm::group) kernels::group_norm<T>(context(y), f, x, data(y), data(mean), data(reciprocal_std));
}

// In the order of record()'s inputs; dx is in dy's storage where nobody else sees it.
template <class T>
Grads backward(const Options& o, const Operands& in, const Tensor& mean, const Tensor& reciprocal_std, Tensor dy) {
  Grads grads(5);
  const Tensor* const coefficients[] = {&in.weight, &in.bias, &in.scale, &in.shift};
  for (int i = 0; i < 4; ++i)
    if (coefficients[i]->defined() && gradient_wanted(i + 1))
      grads[static_cast<std::size_t>(i + 1)] = Tensor::like(*coefficients[i]);
  const bool in_place = dy.sole_owner() && dy.contiguous();
  const Tensor from = dy.packed();
  grads[0] = in_place ? std::move(dy) : Tensor::like(in.x);
  const T* d = from.span<T>().data();
  const auto data = [&](std::size_t i) { return grads[i].defined() ? grads[i].mutable_span<T>().data() : nullptr; };
  const kernels::NormalizationGradients<T> to{data(0), data(1), data(2), data(3), data(4)};
  const kernels::Normalization<T> f = in.kernel<T>(o);
  const T *x = in.x.span<T>().data(), *r = reciprocal_std.span<T>().data();
  Context& where = context(in.x);
  if (o.norm == Norm::layer) kernels::layer_norm_gradient<T>(where, f, x, mean.span<T>().data(), r, d, to);
  if (o.norm == Norm::rms) kernels::rms_norm_gradient<T>(where, f, x, r, d, to);
  if (o.norm == Norm::group) kernels::group_norm_gradient<T>(where, f, x, mean.span<T>().data(), r, d, to);
  return grads;
}

Tensor normalised(const Options& o, const Tensor& x, const Tensor& weight, const Tensor& bias,
                  const Modulation& modulation) {
  Operands in = checked(o, x, weight, bias, modulation);
  const Tensor inputs[] = {x, weight, bias, modulation.scale, modulation.shift};
  Tensor y = Tensor::like(x), mean, reciprocal_std;
  if (!NoGrad::active() && Tape::current().wants(inputs)) {
    reciprocal_std = Tensor::empty({in.statistics(o)}, x.dtype(), x.device());
    if (o.norm != Norm::rms) mean = Tensor::like(reciprocal_std);
  }
  with_float_type(x.dtype(), [&]<class T>() { forward<T>(o, in, y, mean, reciprocal_std); });
  record(o.name, y, inputs, [o, in = std::move(in), mean, reciprocal_std](Tensor dy) {
    return with_float_type(dy.dtype(),
                           [&]<class T>() { return backward<T>(o, in, mean, reciprocal_std, std::move(dy)); });
  });
  return y;
}

bool is_silu(const char* name, Activation activation) {
  if (activation != Activation::none && activation != Activation::silu)
    throw InputError(std::string(name) + "(): its activation is none or silu");
  return activation == Activation::silu;
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon,
                  const Modulation& modulation, Activation activation) {
  return normalised({"layer_norm", Norm::layer, 1, epsilon, is_silu("layer_norm", activation)}, x, weight, bias,
                    modulation);
}

Tensor rms_norm(const Tensor& x, const Tensor& weight, double epsilon, const Modulation& modulation,
                Activation activation) {
  return normalised({"rms_norm", Norm::rms, 1, epsilon, is_silu("rms_norm", activation)}, x, weight, {}, modulation);
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias, double epsilon,
                  const Modulation& modulation, Activation activation) {
  return normalised({"group_norm", Norm::group, groups, epsilon, is_silu("group_norm", activation)}, x, weight, bias,
                    modulation);
}

}  // namespace ito
