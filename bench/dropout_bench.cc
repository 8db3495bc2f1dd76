// Dropout: a training's activations, and a size that no cache holds, where memory sets the pace.
#include <memory>

#include "bench/case.h"
#include "kernels/dropout/dropout.h"

namespace ito::bench {
namespace {

template <class T>
Work make(const Shape& shape) {
  const std::int64_t samples = shape[0], elements = shape[1];
  const auto x = std::make_shared<std::vector<T>>(values<T>(samples * elements));
  const auto y = std::make_shared<std::vector<T>>(x->size());
  const RandomKey key(1, 2, Stream::test);
  return {Bound::memory, 2.0 * static_cast<double>(samples * elements) * sizeof(T), [=](Context& context) {
            kernels::dropout<T>(context, key, 0.1, 0, samples, elements, x->data(), y->data());
          }};
}

const bool registered = add_family({.kernel = "dropout",
                                    .axes = "samples x elements",
                                    .shapes = {{8, 14 * 14 * 64}, {256, 1 << 16}},
                                    .dtypes = {Dtype::float32, Dtype::float64},
                                    .make = [](const Shape& shape, Dtype dtype) {
                                      return dtype == Dtype::float32 ? make<float>(shape) : make<double>(shape);
                                    }});

}  // namespace
}  // namespace ito::bench
