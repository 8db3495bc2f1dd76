// Holds an operator's gradient against central differences, in double.
//
//   EXPECT_EQ(gradcheck([](std::span<const Tensor> x) { return mul(x[0], x[1]); }, {a, b}), "");
//
// With a fixed random w of f's shape, L(x) = <w, f(x)>; the tape gives dL/dx, and for every element
//   D(h) = (L(x + h) - L(x - h)) / 2h,   D(h) = L' + h^2 L'''/6 + O(h^4) + rounding.
// The bound is derived, not chosen: truncation from D(2h) - D(h) = h^2 L'''/2 + O(h^4), three times that of D(h), and
// rounding from `roundings` eps (sum |w f|) / h, where `roundings` bounds the relative error of an element of f in eps.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "autograd/tensor.h"

namespace ito {

using GradcheckFunction = std::function<Tensor(std::span<const Tensor> inputs)>;

// Empty when the gradients of all `inputs` (double; any layout) agree; else the first that does not: which input and
// element, both values and the bound.
std::string gradcheck(const GradcheckFunction& f, const std::vector<Tensor>& inputs, double roundings = 64);

}  // namespace ito
