#include <memory>

#include "bench/case.h"
#include "kernels/permute/permute.h"

namespace ito::bench {
namespace {

template <class T>
Work make(const Shape& shape) {
  const std::int64_t rows = shape[0], columns = shape[1];
  const auto x = std::make_shared<std::vector<T>>(values<T>(rows * columns));
  const auto y = std::make_shared<std::vector<T>>(rows * columns);
  return {Bound::memory, 2.0 * static_cast<double>(rows * columns) * sizeof(T),
          [=](Context& context) { kernels::transpose(context, rows, columns, x->data(), y->data()); }};
}

const bool registered = add_family({.kernel = "transpose",
                                    .axes = "rows x columns",
                                    .shapes = {{4096, 4096}, {4100, 4100}},
                                    .make = [](const Shape& shape, Dtype dtype) {
                                      return dtype == Dtype::float32 ? make<float>(shape) : make<double>(shape);
                                    }});

}  // namespace
}  // namespace ito::bench
