// Initial values of parameters: a function of the seed and the parameter's dotted name, so that adding a layer changes
// no other layer's start.
//
//   xavier_uniform   U(-a, a),  a = gain sqrt(6 / (fan_in + fan_out))       Glorot, Bengio 2010, eq. 16
//   xavier_normal    N(0, s^2), s = gain sqrt(2 / (fan_in + fan_out))
//   kaiming_uniform  U(-a, a),  a = gain sqrt(3 / fan_in)                   He et al. 2015, eq. 10 with gain sqrt 2
//   kaiming_normal   N(0, s^2), s = gain / sqrt(fan_in)
// PyTorch's nn.Linear starts from kaiming_uniform with gain 1/sqrt 3, that is U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
// Numbers are drawn and scaled in double, then rounded: float and double models start from one point.
#pragma once

#include <cstdint>
#include <string_view>

#include "autograd/tensor.h"

namespace ito {

enum class Initial : unsigned char { zeros, ones, xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal };

struct Fan {
  std::int64_t in;
  std::int64_t out;
};

struct InitialValues {
  Initial law = Initial::kaiming_uniform;
  double gain = 1;
};

Tensor initial_value(std::string_view name, const Shape& shape, Fan fan, std::uint64_t seed, InitialValues values,
                     DType dtype = DType::f32);

}  // namespace ito
