// Norms and products of plain tensors (declared in arithmetic.h), in the contract's order of a contiguous reduction.
#include <string>

#include "autograd/arithmetic.h"
#include "kernels/core/parallel.h"
#include "kernels/sum/sum.h"

namespace ito {
namespace {

constexpr std::int64_t kElementsWorthAThread = 1 << 15;

}  // namespace

double squared_norm(const Tensor& x) {
  const Tensor packed = x.packed();
  return with_float_type(
      x.dtype(), [&]<class T>() { return kernels::sum_of_squares<T>(context(x), x.size(), packed.span<T>().data()); });
}

std::vector<double> dot_per_sample(const Tensor& x, const Tensor& y) {
  require(x.defined() && y.defined(), "dot_per_sample() was given an undefined tensor");
  require(x.rank() >= 1, "dot_per_sample() takes tensors with a first axis, that of the samples");
  if (x.shape() != y.shape() || x.dtype() != y.dtype())
    throw InputError("dot_per_sample(): " + std::string(dtype_name(x.dtype())) + " " + x.shape().text() + " and " +
                     dtype_name(y.dtype()) + " " + y.shape().text());
  const std::int64_t samples = x.dim(0);
  std::vector<double> products(static_cast<std::size_t>(samples));
  if (samples == 0) return products;
  const std::int64_t elements = x.size() / samples;
  const Tensor a = x.packed();
  const Tensor b = y.packed();
  with_float_type(x.dtype(), [&]<class T>() {
    const T* pa = a.span<T>().data();
    const T* pb = b.span<T>().data();
    const std::int64_t grain = kElementsWorthAThread / (elements + 1) + 1;
    parallel_for(context(x), samples, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        products[static_cast<std::size_t>(i)] =
            kernels::dot<T>(default_context(), elements, pa + i * elements, pb + i * elements);
    });
  });
  return products;
}

std::vector<double> squared_norm_per_sample(const Tensor& x) { return dot_per_sample(x, x); }

bool all_finite(const Tensor& x) {
  const Tensor packed = x.packed();
  return with_float_type(
      x.dtype(), [&]<class T>() { return kernels::all_finite<T>(context(x), x.size(), packed.span<T>().data()); });
}

}  // namespace ito
