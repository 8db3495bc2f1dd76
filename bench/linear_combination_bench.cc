#include <memory>

#include "bench/case.h"
#include "kernels/linear_combination/linear_combination.h"

namespace ito::bench {
namespace {

template <class T>
Work make(std::int64_t terms, std::int64_t n) {
  const auto x = std::make_shared<std::vector<std::vector<T>>>(terms, values<T>(n));
  const auto y = std::make_shared<std::vector<T>>(n);
  return {Bound::memory, static_cast<double>((terms + 1) * n) * sizeof(T), [=](Context& context) {
            std::vector<const T*> pointers;
            for (const auto& term : *x) pointers.push_back(term.data());
            const std::vector<double> coefficients(static_cast<std::size_t>(terms), 0.5);
            kernels::linear_combination(context, n, coefficients, pointers.data(), y->data());
          }};
}

const bool registered =
    add_family({.kernel = "linear_combination",
                .axes = "terms x elements",
                .shapes = {{2, 1 << 24}, {3, 1 << 24}},
                .make = [](const Shape& shape, Dtype dtype) {
                  return dtype == Dtype::float32 ? make<float>(shape[0], shape[1]) : make<double>(shape[0], shape[1]);
                }});

}  // namespace
}  // namespace ito::bench
