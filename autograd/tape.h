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
  // The calling thread's tape: its outermost, or the NestedTape's that lives.
  static Tape& current();

  // Makes x a leaf: results computed from it on this thread are recorded, until clear(). The handle is changed, the
  // storage is shared, so each thread watches its own copy of a model's handles.
  void watch(Tensor& x);

  // d loss / d leaf for each of `leaves` (watched; zeros where the loss does not depend on one). `loss` has one
  // element. Runs the nodes once in reverse order, adds fan-out in that order, destroys each closure as it goes,
  // computes no gradient that nobody wants, and clears the tape, also when it throws. What comes back shares storage
  // with nothing. InputError when a tensor that a closure keeps was overwritten since it was recorded, naming the
  // operator.
  std::vector<Tensor> gradients(const Tensor& loss, std::span<const Tensor> leaves);
  // The same from a given gradient of y (y's shape): the vector-Jacobian product.
  std::vector<Tensor> vector_jacobian(const Tensor& y, const Tensor& dy, std::span<const Tensor> leaves);

  void clear();
  std::int64_t nodes() const;

  // record()'s two halves; operators call record().
  bool wants(std::span<const Tensor> inputs) const;
  bool knows(const Tensor& x) const;
  void add(const char* name, Tensor& output, std::span<const Tensor> inputs, std::function<Grads(Tensor)> backward,
           bool keeps_inputs, bool keeps_output);

  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

 private:
  friend class NestedTape;
  struct Kept;
  struct Input;
  struct Node;
  Tape();
  ~Tape();
  std::vector<Tensor> run(const Tensor& y, Tensor dy, std::span<const Tensor> leaves);
  void run_node(std::size_t index, std::vector<Tensor>& gradient, const std::vector<bool>& needed);

  std::vector<Node> nodes_;
  std::uint64_t recording_;  // a number that no other recording of the process has
  bool running_ = false;
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

// While one lives, this thread records on a tape of its own, also inside a backward closure and under NoGrad: how
// checkpoint() computes again what it did not keep. What the outer tape knows is a constant here until it is watched.
class NestedTape {
 public:
  NestedTape();
  ~NestedTape();
  NestedTape(const NestedTape&) = delete;
  NestedTape& operator=(const NestedTape&) = delete;

 private:
  Tape tape_;
  Tape* outer_;
  int outer_no_grad_;
  const std::vector<bool>* outer_wanted_;
};

// Inside a backward closure: whether somebody wants the gradient of the input with this index of record()'s inputs, so
// that a closure can leave an unwanted one undefined.
bool gradient_wanted(int input);

// Which tensors the closure reads later; they must not be overwritten until then.
enum class Keeps : unsigned char { nothing = 0, inputs = 1, output = 2, inputs_and_output = 3 };

// Stores `backward` for y unless NoGrad is active or no input wants a gradient: then the closure is never built into a
// std::function. `backward` takes dy by const reference, or by value to work in its storage when dy.sole_owner().
template <class Backward>
void record(const char* name, Tensor& y, std::span<const Tensor> inputs, Backward&& backward,
            Keeps keeps = Keeps::inputs) {
  if (NoGrad::active() || !Tape::current().wants(inputs)) return;
  Tape::current().add(name, y, inputs, std::forward<Backward>(backward), (static_cast<int>(keeps) & 1) != 0,
                      (static_cast<int>(keeps) & 2) != 0);
}
template <class Backward>
void record(const char* name, Tensor& y, std::initializer_list<Tensor> inputs, Backward&& backward,
            Keeps keeps = Keeps::inputs) {
  record(name, y, std::span(inputs.begin(), inputs.size()), std::forward<Backward>(backward), keeps);
}

}  // namespace ito
