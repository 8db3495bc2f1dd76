// Elementwise kernels at sizes that no cache holds, where memory sets the pace of all but the dearest functions.
#include <memory>

#include "bench/case.h"
#include "kernels/elementwise/elementwise.h"

namespace ito::bench {
namespace {

using kernels::Binary;
using kernels::Unary;

// f reads `inputs` arrays of n elements and writes one. Inputs lie in [0.5, 8.5): where logarithm, root and division
// are defined, and where no function is cheaper than elsewhere.
template <class T, class F>
Work make(std::int64_t n, int inputs, const F& f) {
  const auto a = std::make_shared<std::vector<T>>(values<T>(n));
  for (T& value : *a) value = T(4.5) + 4 * value;
  const auto b = std::make_shared<std::vector<T>>(inputs > 1 ? *a : std::vector<T>());
  const auto y = std::make_shared<std::vector<T>>(n);
  return {Bound::memory, static_cast<double>((inputs + 1) * n) * sizeof(T),
          [=](Context& context) { f(context, n, a->data(), b->data(), y->data()); }};
}

template <class F>
bool add(const std::string& kernel, int inputs, const F& f) {
  return add_family(
      {.kernel = kernel, .axes = "elements", .shapes = {{1 << 24}}, .make = [=](const Shape& shape, Dtype dtype) {
         return dtype == Dtype::float32 ? make<float>(shape[0], inputs, f) : make<double>(shape[0], inputs, f);
       }});
}

bool add_binary(const char* name, Binary op) {
  return add(name, 2, [op]<class T>(Context& context, std::int64_t n, const T* a, const T* b, T* y) {
    kernels::binary(context, op, n, a, b, y);
  });
}

// A function and its gradient.
bool add_unary(const std::string& name, Unary f) {
  return add(name, 1,
             [f]<class T>(Context& context, std::int64_t n, const T* x, const T*, T* y) {
               kernels::unary(context, f, n, x, y);
             }) &&
         add(name + "_gradient", 2, [f]<class T>(Context& context, std::int64_t n, const T* saved, const T* dy, T* dx) {
           kernels::unary_gradient(context, f, n, saved, dy, dx);
         });
}

const bool registered = add_binary("add", Binary::add) && add_binary("subtract", Binary::subtract) &&
                        add_binary("multiply", Binary::multiply) && add_binary("divide", Binary::divide) &&
                        add("affine", 1,
                            []<class T>(Context& context, std::int64_t n, const T* x, const T*, T* y) {
                              kernels::affine(context, n, 0.75, x, 0.25, y);
                            }) &&
                        add("add_scaled", 2,
                            []<class T>(Context& context, std::int64_t n, const T* x, const T*, T* y) {
                              kernels::add_scaled(context, n, 1e-3, x, y);
                            }) &&
                        add("clamp", 1,
                            []<class T>(Context& context, std::int64_t n, const T* x, const T*, T* y) {
                              kernels::clamp(context, n, 1, 5, x, y);
                            }) &&
                        add("clamp_gradient", 2,
                            []<class T>(Context& context, std::int64_t n, const T* x, const T* dy, T* dx) {
                              kernels::clamp_gradient(context, n, 1, 5, x, dy, dx);
                            }) &&
                        add("negate", 1,
                            []<class T>(Context& context, std::int64_t n, const T* x, const T*, T* y) {
                              kernels::unary(context, Unary::negate, n, x, y);  // its gradient is itself
                            }) &&
                        add_unary("square", Unary::square) && add_unary("square_root", Unary::square_root) &&
                        add_unary("exp", Unary::exp) && add_unary("log", Unary::log) &&
                        add_unary("tanh", Unary::tanh) && add_unary("sigmoid", Unary::sigmoid) &&
                        add_unary("silu", Unary::silu) && add_unary("gelu", Unary::gelu) &&
                        add_unary("gelu_tanh", Unary::gelu_tanh);

}  // namespace
}  // namespace ito::bench
