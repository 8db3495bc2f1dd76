// Data whose probability flow is known: what orders of convergence are measured on.
//
//   two_lumps     a mixture of two unlike round Gaussians in the plane     not linear in x
//   three_lumps   a mixture of three unlike Gaussians of one number        not linear in x
//   gaussian      one Gaussian in the plane; its flow is a closed form     linear in x
//
// All are smooth (no component is narrower than 0.4), so that an order is the method's and not the data's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "samplers/denoiser.h"
#include "samplers/exact/gaussian.h"

namespace ito::experiments {

struct ExactProblem {
  std::string name;
  bool linear = false;  // its denoiser is affine in x: a method may be better there than it is
  std::int64_t dimension = 1;
  std::function<Denoiser(PathPtr path)> denoiser = {};
  std::shared_ptr<const Gaussian> gaussian = nullptr;  // the law, where it is one

  // Where walks start, in units of sigma: double [4, dimension].
  Tensor directions() const;
};

const std::vector<ExactProblem>& exact_problems();
// InputError when there is none, with the nearest name.
const ExactProblem& exact_problem(const std::string& name);

}  // namespace ito::experiments
