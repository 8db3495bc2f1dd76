// Attention and its gradient: the resolutions of an image network (8 samples), and long sequences. Operands are parts
// of one projection's rows. What is counted is the products: 4 L^2 D forward, 10 L^2 D backward, a head and sample.
#include <memory>

#include "bench/case.h"
#include "kernels/attention/attention.h"

namespace ito::bench {
namespace {

template <class T>
struct Operands {
  std::vector<T> qkv, y, z, dy, d_qkv;
  kernels::AttentionArguments<T> arguments;
  kernels::AttentionGradient<T> gradient;

  explicit Operands(const Shape& shape) {
    const std::int64_t samples = shape[0], tokens = shape[1], heads = shape[2], channels = shape[3];
    const std::int64_t width = heads * channels, size = samples * tokens * width;
    qkv = values<T>(3 * size);
    dy = values<T>(size);
    y.resize(dy.size());
    z.resize(static_cast<std::size_t>(samples * heads * tokens));
    d_qkv.resize(qkv.size());
    const auto part = [&](auto* data, std::int64_t index, std::int64_t stride) {
      return kernels::AttentionOperand<std::remove_pointer_t<decltype(data)>>{data + index * width, stride,
                                                                              stride * tokens};
    };
    const T* from = qkv.data();
    arguments = {.samples = samples,
                 .heads = heads,
                 .queries = tokens,
                 .keys = tokens,
                 .channels = channels,
                 .q = part(from, 0, 3 * width),
                 .k = part(from, 1, 3 * width),
                 .v = part(from, 2, 3 * width)};
    gradient = {.y = part(static_cast<const T*>(y.data()), 0, width),
                .z = z.data(),
                .dy = part(static_cast<const T*>(dy.data()), 0, width),
                .dq = part(d_qkv.data(), 0, 3 * width),
                .dk = part(d_qkv.data(), 1, 3 * width),
                .dv = part(d_qkv.data(), 2, 3 * width)};
  }
  void forward(Context& context) {
    const std::int64_t width = arguments.heads * arguments.channels;
    kernels::attention<T>(context, arguments, {y.data(), width, width * arguments.queries}, z.data());
  }
  void backward(Context& context) { kernels::attention_gradient(context, arguments, gradient); }
};

double products(const Shape& s, double each) { return each * static_cast<double>(s[0] * s[1] * s[1] * s[2] * s[3]); }

template <class T>
Work make(const Shape& shape, bool backward) {
  const auto operands = std::make_shared<Operands<T>>(shape);
  Context context;
  operands->forward(context);
  if (backward) return {Bound::compute, products(shape, 10), [=](Context& c) { operands->backward(c); }};
  return {Bound::compute, products(shape, 4), [=](Context& c) { operands->forward(c); }};
}

template <bool backward>
Work make_attention(const Shape& shape, Dtype dtype) {
  return dtype == Dtype::float32 ? make<float>(shape, backward) : make<double>(shape, backward);
}

const std::vector<Shape> kShapes = {{8, 49, 2, 32},   {8, 49, 4, 32},   {8, 49, 2, 48},
                                    {8, 49, 2, 64},   {8, 196, 4, 32},  {8, 196, 4, 64},
                                    {1, 1024, 1, 64}, {1, 4096, 1, 64}, {1, 4096, 4, 64}};
const bool registered = add_family({.kernel = "attention",
                                    .axes = "samples x tokens x heads x channels",
                                    .shapes = kShapes,
                                    .make = make_attention<false>}) &&
                        add_family({.kernel = "attention_gradient",
                                    .axes = "samples x tokens x heads x channels",
                                    .shapes = kShapes,
                                    .make = make_attention<true>});

}  // namespace
}  // namespace ito::bench
