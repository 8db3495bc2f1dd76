// A table of gradients to hold against central differences: functions, and the shapes of what they are given.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "autograd/gradcheck.h"
#include "autograd/ops/ops.h"
#include "kernels/random/random.h"

namespace ito::test {

using Inputs = std::span<const Tensor>;

// Uniform in [low, high], another draw for each `sample`.
inline Tensor random_tensor(const Shape& shape, std::uint32_t sample, double low, double high) {
  Tensor x = Tensor::empty(shape, DType::f64);
  std::uint32_t element = 0;
  for (double& value : x.mutable_span<double>())
    value = low + (high - low) * random_uniform(RandomKey(7, 0, Stream::test), sample, element++);
  return x;
}

struct Case {
  const char* name;
  GradcheckFunction f;
  std::vector<Shape> shapes;  // of the inputs
  double low = -2;
  double high = 2;
};

// On one thread: the shapes are tiny.
inline void check(const std::vector<Case>& cases) {
  const int threads = default_context().threads;
  set_threads(1);
  for (const Case& c : cases) {
    std::vector<Tensor> inputs;
    std::string shapes;
    for (const Shape& shape : c.shapes) {
      inputs.push_back(random_tensor(shape, static_cast<std::uint32_t>(inputs.size()), c.low, c.high));
      shapes += " " + shape.text();
    }
    EXPECT_EQ(gradcheck(c.f, inputs), "") << c.name << shapes;
  }
  set_threads(threads);
}

}  // namespace ito::test
