// Pooling, resampling and rows of samples at a shard of a training and at a batch that no cache holds. Bytes are those
// that must move: what is read and what is written, once each.
#include <memory>

#include "bench/case.h"
#include "kernels/per_sample/per_sample.h"
#include "kernels/pooling/pooling.h"
#include "kernels/resampling/resampling.h"

namespace ito::bench {
namespace {

// Three arrays of the larger image, of which a kernel takes what it needs; it moves `larger` of them and `smaller` of a
// quarter the size (an image halved).
template <class F>
bool add(const char* kernel, int larger, int smaller, const F& run) {
  return add_family({.kernel = kernel,
                     .axes = "samples x height x width x channels, the larger image's",
                     .shapes = {{8, 28, 28, 32}, {8, 14, 14, 64}, {512, 28, 28, 32}},
                     .make = [=](const Shape& shape, Dtype dtype) {
                       const std::int64_t size = shape[0] * shape[1] * shape[2] * shape[3];
                       const double bytes = (larger + 0.25 * smaller) * static_cast<double>(size * dtype_size(dtype));
                       const auto make = [&]<class T>(T) {
                         const auto a = std::make_shared<std::vector<T>>(values<T>(size));
                         const auto b = std::make_shared<std::vector<T>>(*a), c = std::make_shared<std::vector<T>>(*a);
                         return Work{Bound::memory, bytes,
                                     [=](Context& context) { run(context, shape, a->data(), b->data(), c->data()); }};
                       };
                       return dtype == Dtype::float32 ? make(float()) : make(double());
                     }});
}

kernels::Pooling halved(const Shape& s) { return {.samples = s[0], .height = s[1], .width = s[2], .channels = s[3]}; }
kernels::ImageShape half(const Shape& s) { return {s[0], s[1] / 2, s[2] / 2, s[3]}; }
kernels::SampleShape positions(const Shape& s) { return {s[0], s[1] * s[2], s[3]}; }

const bool registered =
    add("average_pool", 1, 1,
        [](Context& k, const Shape& s, auto* a, auto* b, auto*) { kernels::average_pool(k, halved(s), a, b); }) &&
    add("average_pool_gradient", 1, 1,
        [](Context& k, const Shape& s, auto* a, auto* b, auto*) {
          kernels::average_pool_gradient(k, halved(s), a, b);
        }) &&
    add("max_pool", 1, 1,
        [](Context& k, const Shape& s, auto* a, auto* b, auto*) { kernels::max_pool(k, halved(s), a, b); }) &&
    add("max_pool_gradient", 2, 2,
        [](Context& k, const Shape& s, auto* a, auto* b, auto* c) {
          kernels::max_pool_gradient(k, halved(s), a, b, b, c);
        }) &&
    add("upsample_nearest", 1, 1,
        [](Context& k, const Shape& s, auto* a, auto* b, auto*) {
          kernels::upsample_nearest(k, half(s), 2, 2, a, b);
        }) &&
    add("upsample_nearest_gradient", 1, 1,
        [](Context& k, const Shape& s, auto* a, auto* b, auto*) {
          kernels::upsample_nearest_gradient(k, half(s), 2, 2, a, b);
        }) &&
    add("resize_bilinear", 1, 1,
        [](Context& k, const Shape& s, auto* a, auto* b, auto*) {
          kernels::resize_bilinear(k, half(s), s[1], s[2], a, b);
        }) &&
    add("resize_bilinear_gradient", 1, 1,
        [](Context& k, const Shape& s, auto* a, auto* b, auto*) {
          kernels::resize_bilinear_gradient(k, half(s), s[1], s[2], a, b);
        }) &&
    add("add_per_sample", 2, 0,
        [](Context& k, const Shape& s, auto* a, auto* b, auto* c) {
          kernels::add_per_sample(k, positions(s), a, b, c);
        }) &&
    add("gated_residual", 3, 0,
        [](Context& k, const Shape& s, auto* a, auto* b, auto* c) {
          kernels::gated_residual(k, positions(s), a, b, b, c);
        }) &&
    add("dot_per_sample", 2, 0, [](Context& k, const Shape& s, auto* a, auto* b, auto* c) {
      kernels::dot_per_sample(k, positions(s), a, b, c);
    });

}  // namespace
}  // namespace ito::bench
