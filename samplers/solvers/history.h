// The outputs that a multistep method keeps, newest first, each with the place (in the method's own variable) where it
// was computed.
#pragma once

#include <cmath>
#include <cstddef>
#include <deque>

#include "autograd/tensor.h"

namespace ito {

struct Output {
  double at;
  Tensor value;
};

class History {
 public:
  explicit History(std::size_t keep) : keep_(keep) {}

  void clear() { outputs_.clear(); }
  // An output at an infinite place (pure noise: lambda = -inf) says nothing about how the model changes; it is not
  // kept, and the method goes on as if it started behind it.
  void add(double at, Tensor value) {
    if (!std::isfinite(at)) return;
    outputs_.push_front({at, std::move(value)});
    if (outputs_.size() > keep_) outputs_.pop_back();
  }
  std::size_t size() const { return outputs_.size(); }
  const Output& operator[](std::size_t i) const { return outputs_[i]; }

 private:
  std::size_t keep_;
  std::deque<Output> outputs_;
};

}  // namespace ito
