// Elementwise kernels at sizes that no cache holds, where memory sets the pace.
#include <memory>

#include "bench/case.h"
#include "kernels/elementwise/elementwise.h"

namespace ito::bench {
namespace {

const std::vector<Shape> kLarge = {{1 << 24}};

// f reads `inputs` arrays of n elements and writes one.
template <class T, class F>
Work make(std::int64_t n, int inputs, const F& f) {
  const auto a = std::make_shared<std::vector<T>>(values<T>(n));
  const auto b = std::make_shared<std::vector<T>>(inputs > 1 ? values<T>(n) : std::vector<T>());
  const auto y = std::make_shared<std::vector<T>>(n);
  return {Bound::memory, static_cast<double>((inputs + 1) * n) * sizeof(T),
          [=](Context& context) { f(context, n, a->data(), b->data(), y->data()); }};
}

template <class F>
bool add(const char* kernel, int inputs, const F& f) {
  return add_family(
      {.kernel = kernel, .axes = "elements", .shapes = kLarge, .make = [=](const Shape& shape, Dtype dtype) {
         return dtype == Dtype::float32 ? make<float>(shape[0], inputs, f) : make<double>(shape[0], inputs, f);
       }});
}

bool add_unary(const char* kernel, kernels::Unary function) {
  return add(kernel, 1, [=]<class T>(Context& context, std::int64_t n, const T* x, const T*, T* y) {
    kernels::unary(context, function, n, x, y);
  });
}

const bool registered =
    add("add", 2,
        []<class T>(Context& context, std::int64_t n, const T* a, const T* b, T* y) {
          kernels::binary(context, kernels::Binary::add, n, a, b, y);
        }) &&
    add_unary("exp", kernels::Unary::exp) && add_unary("silu", kernels::Unary::silu) &&
    add_unary("gelu", kernels::Unary::gelu) && add_unary("tanh", kernels::Unary::tanh) &&
    add("silu_gradient", 2, []<class T>(Context& context, std::int64_t n, const T* x, const T* dy, T* dx) {
      kernels::unary_gradient(context, kernels::Unary::silu, n, x, dy, dx);
    });

}  // namespace
}  // namespace ito::bench
