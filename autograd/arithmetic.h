// Plain arithmetic on tensors, never recorded: what samplers, metrics and optimisers compute with.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "autograd/tensor.h"

namespace ito {

// One term of a linear combination: a coefficient (computed in double) and a tensor.
struct Term {
  double coefficient;
  Tensor x;
};

// sum_i c_i x_i in one pass and one fixed order: y = c_0 x_0, then y = fma(c_i, x_i, y) for i = 1, 2, ...; each c_i is
// rounded to the tensors' type first. All terms have one shape and type; at most 8. A coefficient of exactly 0 still
// multiplies: 0 * Inf is NaN, as a divergence should be.
Tensor combine(std::initializer_list<Term> terms);
Tensor combine(std::span<const Term> terms);

// The same with one coefficient for each sample (first axis): coefficients[i] has N entries.
struct SampleTerm {
  std::vector<double> coefficients;
  Tensor x;
};
Tensor combine_per_sample(std::span<const SampleTerm> terms);

// total += x, in total's own storage where no other tensor shares it, else in a new one: no other handle sees a change.
void accumulate(Tensor& total, const Tensor& x);

// Sum of squares over everything (contract's contiguous order), and per sample: N numbers.
double squared_norm(const Tensor& x);
std::vector<double> squared_norm_per_sample(const Tensor& x);
std::vector<double> dot_per_sample(const Tensor& x, const Tensor& y);

// True when every element is finite.
bool all_finite(const Tensor& x);

// Rows of x (first axis) chosen by index; several tensors of one row shape stacked along the first axis.
Tensor gather_first(const Tensor& x, std::span<const std::int64_t> indices);
Tensor concatenate_first(std::span<const Tensor> parts);

}  // namespace ito
