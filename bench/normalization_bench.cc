// Norms at a shard of a training (in the L2 cache) and at batches that no cache holds, where memory sets the pace.
// Bytes are those that must move: x and y, or x, dy and dx. What has a SiLU has a modulation of each sample too.
#include <memory>

#include "bench/case.h"
#include "kernels/normalization/normalization.h"

namespace ito::bench {
namespace {

template <class T>
struct Operands {
  std::vector<T> x, y, mean, reciprocal_std, weight, bias, scale, shift;
  std::vector<T> d_weight, d_bias, d_scale, d_shift;
  kernels::Normalization<T> f;

  Operands(const Shape& shape, bool silu, bool modulated)
      : x(values<T>(shape[0] * shape[1] * shape[2])),
        y(x),
        mean(static_cast<std::size_t>(shape[0] * shape[1])),
        reciprocal_std(mean.size(), T(1)),
        weight(values<T>(shape[2])),
        bias(weight),
        scale(values<T>(shape[0] * shape[2])),
        shift(scale),
        d_weight(weight),
        d_bias(weight),
        d_scale(scale),
        d_shift(scale),
        f{.samples = shape[0], .positions = shape[1], .channels = shape[2], .groups = shape[2] % 8 == 0 ? 8 : 1} {
    f.weight = weight.data();
    f.bias = bias.data();
    f.silu = silu;
    if (!modulated) return;
    f.scale = scale.data();
    f.shift = shift.data();
  }
  kernels::NormalizationGradients<T> gradients() {
    return {y.data(), d_weight.data(), d_bias.data(), f.scale == nullptr ? nullptr : d_scale.data(),
            f.shift == nullptr ? nullptr : d_shift.data()};
  }
};

// run(context, operands) moves `arrays` arrays of x's size.
template <class F>
bool add(const char* kernel, bool silu, bool modulated, int arrays, std::vector<Shape> shapes, const F& run) {
  return add_family({.kernel = kernel,
                     .axes = "samples x positions x channels",
                     .shapes = std::move(shapes),
                     .make = [=](const Shape& shape, Dtype dtype) {
                       const auto make = [&]<class T>(T) {
                         const auto o = std::make_shared<Operands<T>>(shape, silu, modulated);
                         return Work{Bound::memory,
                                     static_cast<double>(arrays) * sizeof(T) * static_cast<double>(o->x.size()),
                                     [=](Context& context) { run(context, *o); }};
                       };
                       return dtype == Dtype::float32 ? make(float()) : make(double());
                     }});
}

const std::vector<Shape> kImages = {{8, 784, 32}, {8, 196, 64}, {8, 49, 128}, {512, 784, 32}};
const std::vector<Shape> kTokens = {{8, 49, 128}, {8, 196, 256}, {512, 196, 128}};

constexpr auto kGroupNorm = [](Context& context, auto& o) {
  kernels::group_norm(context, o.f, o.x.data(), o.y.data(), o.mean.data(), o.reciprocal_std.data());
};
constexpr auto kGroupNormGradient = [](Context& context, auto& o) {
  kernels::group_norm_gradient(context, o.f, o.x.data(), o.mean.data(), o.reciprocal_std.data(), o.x.data(),
                               o.gradients());
};
constexpr auto kLayerNorm = [](Context& context, auto& o) {
  kernels::layer_norm(context, o.f, o.x.data(), o.y.data(), o.mean.data(), o.reciprocal_std.data());
};
constexpr auto kLayerNormGradient = [](Context& context, auto& o) {
  kernels::layer_norm_gradient(context, o.f, o.x.data(), o.mean.data(), o.reciprocal_std.data(), o.x.data(),
                               o.gradients());
};

const bool registered = add("group_norm", false, false, 2, kImages, kGroupNorm) &&
                        add("group_norm_gradient", false, false, 3, kImages, kGroupNormGradient) &&
                        add("group_norm_silu", true, true, 2, kImages, kGroupNorm) &&
                        add("group_norm_silu_gradient", true, true, 3, kImages, kGroupNormGradient) &&
                        add("layer_norm", false, false, 2, kTokens, kLayerNorm) &&
                        add("layer_norm_gradient", false, false, 3, kTokens, kLayerNormGradient) &&
                        add("modulated_layer_norm", false, true, 2, kTokens, kLayerNorm);

}  // namespace
}  // namespace ito::bench
