#include "autograd/tape.h"

#include <atomic>
#include <string>

#include "autograd/arithmetic.h"
#include "autograd/storage.h"

namespace ito {
namespace {

thread_local int no_grad_depth = 0;
thread_local const std::vector<bool>* wanted_inputs = nullptr;
thread_local Tape* nested_tape = nullptr;

std::uint64_t new_recording() {
  static std::atomic<std::uint64_t> count{0};
  return count.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

// A tensor that a closure reads later, by a reference that does not keep it alive: when nothing else does, nobody
// reads.
struct Tape::Kept {
  std::weak_ptr<Storage> storage;
  std::uint64_t version = 0;

  bool overwritten() const {
    const auto held = storage.lock();
    return held && held->version() != version;
  }
};

struct Tape::Input {
  std::int64_t index;  // of its node, or -1: not on the tape
  Shape shape;
  Kept kept;
};

struct Tape::Node {
  const char* name;
  std::function<Grads(Tensor)> backward;  // empty for a leaf
  std::vector<Input> inputs;
  Kept output;
};

Tape::Tape() : recording_(new_recording()) {}
Tape::~Tape() = default;

Tape& Tape::current() {
  thread_local Tape outermost;
  return nested_tape != nullptr ? *nested_tape : outermost;
}

bool Tape::knows(const Tensor& x) const { return x.tape_ == recording_; }

bool Tape::wants(std::span<const Tensor> inputs) const {
  for (const Tensor& x : inputs)
    if (knows(x)) return true;
  return false;
}

void Tape::watch(Tensor& x) {
  require(x.defined(), "an undefined tensor cannot be watched");
  require(x.dtype() != DType::i32, "whole numbers have no gradient: only float and double tensors can be watched");
  require(!running_, "a backward closure watched a tensor: the tape is first-order");
  require(!knows(x), "a tensor that is on the tape cannot be watched again: what was computed from it would be lost");
  x.tape_ = recording_;
  x.tape_index_ = nodes();
  nodes_.push_back({"leaf", {}, {}, {}});
}

void Tape::add(const char* name, Tensor& output, std::span<const Tensor> inputs, std::function<Grads(Tensor)> backward,
               bool keeps_inputs, bool keeps_output) {
  Node node{name, std::move(backward), {}, {}};
  node.inputs.reserve(inputs.size());
  for (const Tensor& x : inputs) {
    Input input{knows(x) ? x.tape_index_ : -1, x.shape(), {}};
    if (keeps_inputs && x.defined()) input.kept = {x.storage_, x.version()};
    node.inputs.push_back(std::move(input));
  }
  if (keeps_output) node.output = {output.storage_, output.version()};
  output.tape_ = recording_;
  output.tape_index_ = nodes();
  nodes_.push_back(std::move(node));
}

std::vector<Tensor> Tape::gradients(const Tensor& loss, std::span<const Tensor> leaves) {
  if (!loss.defined() || loss.size() != 1)
    throw InputError("gradients() takes a loss of one element, not " +
                     (loss.defined() ? "shape " + loss.shape().text() : "an undefined tensor"));
  return run(loss, Tensor::full(loss.shape(), 1, loss.dtype(), loss.device()), leaves);
}

std::vector<Tensor> Tape::vector_jacobian(const Tensor& y, const Tensor& dy, std::span<const Tensor> leaves) {
  require(y.defined() && dy.defined(), "vector_jacobian() was given an undefined tensor");
  if (y.shape() != dy.shape() || y.dtype() != dy.dtype())
    throw InputError("vector_jacobian(): the gradient has shape " + dy.shape().text() + " and type " +
                     dtype_name(dy.dtype()) + ", the result " + y.shape().text() + " and " + dtype_name(y.dtype()));
  return run(y, dy, leaves);
}

std::vector<Tensor> Tape::run(const Tensor& y, Tensor dy, std::span<const Tensor> leaves) {
  require(!running_, "gradients() inside gradients(): the tape is first-order");
  struct Guard {
    Tape& tape;
    NoGrad no_grad{};
    explicit Guard(Tape& t) : tape(t) { tape.running_ = true; }
    ~Guard() {
      tape.running_ = false;
      tape.clear();
    }
  } const guard(*this);

  require(y.tape_ == 0 || knows(y), "the result is not on this thread's tape: it was cleared since, or is another's");
  std::vector<bool> needed(nodes_.size(), false);
  for (const Tensor& leaf : leaves) {
    require(knows(leaf) && !nodes_[static_cast<std::size_t>(leaf.tape_index_)].backward,
            "gradients() was asked for a tensor that this thread's tape does not watch");
    needed[static_cast<std::size_t>(leaf.tape_index_)] = true;
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    for (const Input& input : nodes_[i].inputs)
      if (input.index >= 0 && needed[static_cast<std::size_t>(input.index)]) needed[i] = true;

  std::vector<Tensor> gradient(nodes_.size());
  if (knows(y)) {
    const std::size_t last = static_cast<std::size_t>(y.tape_index_);
    gradient[last] = std::move(dy);
    for (std::size_t i = last + 1; i-- > 0;) run_node(i, gradient, needed);
  }

  std::vector<Tensor> result(leaves.size());
  std::vector<std::size_t> place(nodes_.size(), leaves.size());  // where a leaf's gradient went
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    const std::size_t index = static_cast<std::size_t>(leaves[k].tape_index_);
    if (place[index] < leaves.size()) {
      result[k] = result[place[index]].clone();
      continue;
    }
    place[index] = k;
    Tensor g = std::move(gradient[index]);
    if (!g.defined()) g = Tensor::zeros_like(leaves[k]);
    result[k] = g.sole_owner() && g.contiguous() ? std::move(g) : g.clone();
  }
  return result;
}

// One node's closure, its gradients added to those of its inputs; then the closure is gone.
void Tape::run_node(std::size_t index, std::vector<Tensor>& gradient, const std::vector<bool>& needed) {
  Node node = std::move(nodes_[index]);
  if (!node.backward || !needed[index] || !gradient[index].defined()) return;  // a leaf's gradient stays

  std::vector<bool> wanted;
  wanted.reserve(node.inputs.size());
  for (const Input& input : node.inputs) {
    wanted.push_back(input.index >= 0 && needed[static_cast<std::size_t>(input.index)]);
    if (input.kept.overwritten())
      throw InputError(std::string(node.name) +
                       ": an input was overwritten after it was recorded, before its gradient");
  }
  if (node.output.overwritten())
    throw InputError(std::string(node.name) +
                     ": its result was overwritten after it was recorded, before its gradient");

  wanted_inputs = &wanted;
  struct Reset {
    ~Reset() { wanted_inputs = nullptr; }
  } const reset;
  Grads grads = node.backward(std::move(gradient[index]));
  node.backward = nullptr;
  if (grads.size() != node.inputs.size())
    throw InputError(std::string(node.name) + ": its closure returned another number of gradients than it has inputs");
  for (std::size_t i = 0; i < grads.size(); ++i) {
    if (!wanted[i] || !grads[i].defined()) continue;
    if (grads[i].shape() != node.inputs[i].shape)
      throw InputError(std::string(node.name) + ": a gradient of shape " + grads[i].shape().text() +
                       " for an input of shape " + node.inputs[i].shape.text());
    Tensor& total = gradient[static_cast<std::size_t>(node.inputs[i].index)];
    if (total.defined())
      accumulate(total, grads[i]);
    else
      total = std::move(grads[i]);
  }
}

void Tape::clear() {
  require(!running_, "a backward closure cleared the tape");
  nodes_.clear();
  recording_ = new_recording();
}

std::int64_t Tape::nodes() const { return static_cast<std::int64_t>(nodes_.size()); }

NoGrad::NoGrad() { ++no_grad_depth; }
NoGrad::~NoGrad() { --no_grad_depth; }
bool NoGrad::active() { return no_grad_depth > 0; }

NestedTape::NestedTape() : outer_(nested_tape), outer_no_grad_(no_grad_depth), outer_wanted_(wanted_inputs) {
  nested_tape = &tape_;
  no_grad_depth = 0;
  wanted_inputs = nullptr;
}
NestedTape::~NestedTape() {
  nested_tape = outer_;
  no_grad_depth = outer_no_grad_;
  wanted_inputs = outer_wanted_;
}

bool gradient_wanted(int input) {
  return wanted_inputs == nullptr || (*wanted_inputs)[static_cast<std::size_t>(input)];
}

bool Tensor::on_tape() const { return Tape::current().knows(*this); }

}  // namespace ito
