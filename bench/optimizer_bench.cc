#include <memory>

#include "bench/case.h"
#include "kernels/optimizer/optimizer.h"

namespace ito::bench {
namespace {

template <class T>
Work make_adamw(std::int64_t n) {
  const auto gradient = std::make_shared<std::vector<T>>(values<T>(n));
  const auto state = std::make_shared<std::vector<std::vector<T>>>(3, std::vector<T>(n));
  return {Bound::memory, 7.0 * static_cast<double>(n) * sizeof(T), [=](Context& context) {
            kernels::adamw(context, {}, n, gradient->data(), (*state)[0].data(), (*state)[1].data(),
                           (*state)[2].data());
          }};
}

template <class T>
Work make_average(std::int64_t n) {
  const auto parameter = std::make_shared<std::vector<T>>(values<T>(n));
  const auto average = std::make_shared<std::vector<T>>(n);
  return {Bound::memory, 3.0 * static_cast<double>(n) * sizeof(T), [=](Context& context) {
            kernels::exponential_average(context, 0.999, n, parameter->data(), average->data());
          }};
}

const bool registered =
    add_family({.kernel = "adamw",
                .axes = "elements",
                .shapes = {{1 << 24}},
                .make =
                    [](const Shape& shape, Dtype dtype) {
                      return dtype == Dtype::float32 ? make_adamw<float>(shape[0]) : make_adamw<double>(shape[0]);
                    }}) &&
    add_family({.kernel = "exponential_average",
                .axes = "elements",
                .shapes = {{1 << 24}},
                .make = [](const Shape& shape, Dtype dtype) {
                  return dtype == Dtype::float32 ? make_average<float>(shape[0]) : make_average<double>(shape[0]);
                }});

}  // namespace
}  // namespace ito::bench
