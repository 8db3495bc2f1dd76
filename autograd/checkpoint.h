// checkpoint(f, inputs): f(inputs), of which only the inputs are kept for the gradient; what f computes on the way is
// computed again when its gradient is asked for (Chen et al. 2016, "Training deep nets with sublinear memory cost").
//
//   Tensor y = checkpoint([](std::span<const Tensor> in) { return block(in[0], in[1]); }, {x, weight});
//
// f is called twice and must give the same numbers both times (dropout does: its masks are counted). Every tensor whose
// gradient is wanted must be one of the inputs: what f captures is a constant. The gradients are the bits of f without
// checkpoint() where an input is used nowhere but in f; where it is used elsewhere too, what f contributes is added as
// one number, which may round otherwise.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "autograd/nn/parameters.h"
#include "autograd/tensor.h"

namespace ito {

using CheckpointFunction = std::function<Tensor(std::span<const Tensor> inputs)>;

Tensor checkpoint(CheckpointFunction f, std::span<const Tensor> inputs);
inline Tensor checkpoint(CheckpointFunction f, std::initializer_list<Tensor> inputs) {
  return checkpoint(std::move(f), std::span(inputs.begin(), inputs.size()));
}

// The same for a layer or block, whose parameters are inputs too: forward(block, inputs).
template <class Module, class Forward>
Tensor checkpoint_module(const Module& module, std::initializer_list<Tensor> inputs, const Forward& forward) {
  Module copy = module;
  std::vector<Tensor> all(inputs);
  const std::size_t count = all.size();
  copy.parameters([&](const std::string&, Tensor& x) { all.push_back(x); });
  return checkpoint(
      [copy, count, forward](std::span<const Tensor> in) {
        Module own = copy;
        std::size_t next = count;
        own.parameters([&](const std::string&, Tensor& x) { x = in[next++]; });
        return forward(static_cast<const Module&>(own), in.first(count));
      },
      all);
}

}  // namespace ito
