#include "autograd/checkpoint.h"

#include "autograd/tape.h"

namespace ito {

Tensor checkpoint(CheckpointFunction f, std::span<const Tensor> inputs) {
  Tensor y;
  {
    const NoGrad no_grad;
    y = f(inputs);
  }
  record("checkpoint", y, inputs, [f = std::move(f), kept = std::vector(inputs.begin(), inputs.end())](Tensor dy) {
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < kept.size(); ++i)
      if (gradient_wanted(static_cast<int>(i))) wanted.push_back(i);
    const NestedTape nested;
    std::vector<Tensor> again = kept, leaves;
    for (const std::size_t i : wanted) {
      Tape::current().watch(again[i]);
      leaves.push_back(again[i]);
    }
    const Tensor result = f(again);
    std::vector<Tensor> gradients = Tape::current().vector_jacobian(result, dy, leaves);
    Grads grads(kept.size());
    for (std::size_t k = 0; k < wanted.size(); ++k) grads[wanted[k]] = std::move(gradients[k]);
    return grads;
  });
  return y;
}

}  // namespace ito
