// The tape: what was computed, in order, and how each result's gradient flows to its inputs.
//
//   Tensor y = Tensor::like(x);  ...compute...
//   record(y, {x}, [x](const Tensor& dy) { return Grads{silu_gradient(x, dy)}; });
//
// The tape owns the nodes; a tensor holds only (tape, index), so a closure that captures its own output makes no
// cycle. Tape and NoGrad belong to one thread. The tape is first-order: gradients() inside gradients() is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <vector>

#include "autograd/tensor.h"

namespace ito {

// One gradient for each input, in the order of record(); an undefined Tensor where there is none.
using Grads = std::vector<Tensor>;

class Tape {
 public:
  // The calling thread's tape.
  static Tape& current();

  // Makes x a leaf: results computed from it on this thread are recorded, until clear(). The handle is changed, the
  // storage is shared, so each thread watches its own copy of a model's handles.
  void watch(Tensor& x);

  // d loss / d leaf for each of `leaves` (watched; zeros where the loss does not depend on one). `loss` has one
  // element. Runs the nodes once in reverse order, adds fan-out in that order, destroys each closure as it goes,
  // computes no gradient that nobody wants, and clears the tape. InputError when a tensor that a closure keeps was
  // overwritten since it was recorded, naming the operator.
  std::vector<Tensor> gradients(const Tensor& loss, std::span<const Tensor> leaves);
  // The same from a given gradient of y (y's shape): the vector-Jacobian product.
  std::vector<Tensor> vector_jacobian(const Tensor& y, const Tensor& dy, std::span<const Tensor> leaves);

  void clear();
  std::int64_t nodes() const;

  // record()'s two halves; operators call record().
  bool wants(std::initializer_list<Tensor> inputs) const;
  void add(const char* name, Tensor& output, std::initializer_list<Tensor> inputs,
           std::function<Grads(const Tensor&)> backward, bool keeps_output);

 private:
  struct Node;
  struct State;
  Tape();
  ~Tape();
  State* state_;
};

// While one lives, nothing is recorded on this thread. Nests.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  static bool active();
};

// True inside a backward closure, for the input it is asked about: lets a closure skip a gradient nobody wants.
// (index into record()'s inputs)
bool gradient_wanted(int input);

enum class Keeps : bool { inputs, inputs_and_output };

// Stores `backward` for y unless NoGrad is active or no input wants a gradient: then the closure is never built into a
// std::function.
template <class Backward>
void record(const char* name, Tensor& y, std::initializer_list<Tensor> inputs, Backward&& backward,
            Keeps keeps = Keeps::inputs) {
  if (NoGrad::active() || !Tape::current().wants(inputs)) return;
  Tape::current().add(name, y, inputs, std::forward<Backward>(backward), keeps == Keeps::inputs_and_output);
}

}  // namespace ito
