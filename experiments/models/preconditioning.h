// EDM preconditioning (Karras 2022, eq. 7 and table 1), for any path: with s = sigma/alpha,
//
//   D = c_skip (x_t/alpha) + c_out F(c_in x_t/alpha),
//   c_skip = sd^2/(s^2 + sd^2),   c_out = s sd/sqrt(s^2 + sd^2),   c_in = 1/sqrt(s^2 + sd^2)
// A network's input is x = x_t/sqrt(alpha^2 + sigma^2). With a = alpha/sqrt(alpha^2 + sigma^2), b likewise of sigma and
// p = b^2 + sd^2 a^2, so that nothing divides by alpha = 0:
//
//   D = (sd^2 a/p) x + (b sd/sqrt p) F(x/sqrt p)
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "autograd/tensor.h"

namespace ito::experiments {

struct Preconditioning {
  std::vector<double> skip, out, in;  // one a sample, on x as a network is given it

  // From lambda = log(alpha/sigma) of each sample; +inf (clean) and -inf (pure noise) are allowed.
  Preconditioning(std::span<const double> lambda, double sigma_data);
};

// D for the network F; recorded on the tape.
Tensor preconditioned(const Tensor& x, std::span<const double> lambda, double sigma_data,
                      const std::function<Tensor(const Tensor& input)>& network);

}  // namespace ito::experiments
