// checkpoint(): the same bits as keeping everything, the same gradients as central differences, less memory.
#include "autograd/checkpoint.h"

#include "autograd/arithmetic.h"
#include "autograd/gradcheck.h"
#include "autograd/nn/linear.h"
#include "autograd/ops/ops.h"
#include "autograd/storage.h"
#include "autograd/tape.h"

namespace ito {
namespace {

Tensor numbers(const Shape& shape, double first) {
  Tensor x = Tensor::empty(shape, DType::f64);
  for (double& value : x.mutable_span<double>()) value = (first = first * 3.7 * (1 - first));
  return x;
}

std::vector<Tensor> gradients_of(const std::function<Tensor(const Tensor&, const Tensor&)>& f) {
  Tensor x = numbers({3, 4}, 0.3), w = numbers({4, 4}, 0.4);
  Tape::current().watch(x);
  Tape::current().watch(w);
  const std::vector<Tensor> leaves = {x, w};
  return Tape::current().gradients(sum(f(x, w)), leaves);
}

TEST(Checkpoint, GivesTheBitsOfWhatItReplaces) {
  const auto block = [](std::span<const Tensor> in) { return tanh(matmul(silu(matmul(in[0], in[1])), in[1])); };
  int calls = 0;
  const auto kept = gradients_of([&](const Tensor& x, const Tensor& w) {
    return exp(block(std::vector<Tensor>{silu(x), w}));
  });
  const auto again = gradients_of([&](const Tensor& x, const Tensor& w) {
    return exp(checkpoint(
        [&](std::span<const Tensor> in) {
          ++calls;
          return block(in);
        },
        {silu(x), w}));
  });
  EXPECT_EQ(calls, 2);
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < kept[k].span<double>().size(); ++i)
      EXPECT_EQ(kept[k].span<double>()[i], again[k].span<double>()[i]) << k << " " << i;
}

TEST(Checkpoint, HasTheRightGradientAlsoInsideItself) {
  const auto inner = [](std::span<const Tensor> in) { return mul(sigmoid(in[0]), in[1]); };
  const auto f = [&](std::span<const Tensor> in) {
    return checkpoint(
        [&](std::span<const Tensor> x) {
          return add(checkpoint(inner, {x[0], x[1]}), checkpoint(inner, {square(x[1]), x[0]}));
        },
        {in[0], in[1]});
  };
  EXPECT_EQ(gradcheck(f, {numbers({2, 3}, 0.2), numbers({2, 3}, 0.6)}), "");
}

TEST(Checkpoint, ComputesNoGradientThatNobodyWants) {
  Tensor x = numbers({2, 2}, 0.3);
  const Tensor constant = numbers({2, 2}, 0.6);
  Tape::current().watch(x);
  const Tensor y = checkpoint([](std::span<const Tensor> in) { return mul(in[0], in[1]); }, {x, constant});
  const std::vector<Tensor> g = Tape::current().gradients(sum(y), std::span(&x, 1));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(g[0].span<double>()[i], constant.span<double>()[i]);
  const Tensor plain = checkpoint([](std::span<const Tensor> in) { return mul(in[0], in[1]); }, {constant, constant});
  EXPECT_FALSE(plain.on_tape());
}

TEST(Checkpoint, NoticesAnInputThatWasOverwritten) {
  Tensor x = numbers({2}, 0.3);
  Tape::current().watch(x);
  const Tensor y = checkpoint([](std::span<const Tensor> in) { return square(in[0]); }, {x});
  x.mutable_span<double>()[0] = 1;
  EXPECT_THROW(Tape::current().gradients(sum(y), std::span(&x, 1)), InputError);
  EXPECT_EQ(Tape::current().nodes(), 0);
}

TEST(Checkpoint, LeavesTheThreadsTapeAsItWasWhenItThrows) {
  Tensor x = numbers({2}, 0.3);
  Tape::current().watch(x);
  int calls = 0;
  const Tensor y = checkpoint(
      [&](std::span<const Tensor> in) {
        if (++calls == 2) throw InputError("the second time");
        return square(in[0]);
      },
      {x});
  EXPECT_THROW(Tape::current().gradients(sum(y), std::span(&x, 1)), InputError);
  Tensor z = numbers({2}, 0.3);
  Tape::current().watch(z);
  EXPECT_EQ(Tape::current().gradients(sum(square(z)), std::span(&z, 1))[0].span<double>()[0], 2 * z.span<double>()[0]);
}

// A chain of blocks of four large tensors each: kept, all of them; with checkpoints, one block's and the borders.
TEST(Checkpoint, NeedsLessMemory) {
  const auto need = [](bool checkpointed) {
    Tensor x = Tensor::full({1 << 14}, 0.5, DType::f64);
    Tape::current().watch(x);
    const auto block = [](std::span<const Tensor> in) { return square(square(square(square(in[0])))); };
    const StorageNeed counted;
    Tensor y = x;
    for (int i = 0; i < 8; ++i) {
      const Tensor from = y;
      y = checkpointed ? checkpoint(block, {from}) : block(std::vector<Tensor>{from});
    }
    (void)Tape::current().gradients(sum(y), std::span(&x, 1));
    return counted.bytes();
  };
  const std::int64_t one = (1 << 14) * 8;
  EXPECT_GE(need(false), 32 * one);
  EXPECT_LE(need(true), 18 * one);
}

TEST(Checkpoint, AModulesParametersAreInputs) {
  const Linear layer("layer", 4, 4, 1, kLinearInitial, true, DType::f64);
  const auto gradients = [&](bool checkpointed) {
    Linear own = layer;
    std::vector<Tensor> leaves;
    own.parameters([&](const std::string&, Tensor& x) {
      Tape::current().watch(x);
      leaves.push_back(x);
    });
    const auto forward = [](const Linear& l, std::span<const Tensor> in) { return silu(l(in[0])); };
    const Tensor x = numbers({3, 4}, 0.3);
    const Tensor y = checkpointed ? checkpoint_module(own, {x}, forward) : forward(own, std::span(&x, 1));
    return Tape::current().gradients(sum(y), leaves);
  };
  const auto kept = gradients(false), again = gradients(true);
  for (std::size_t k = 0; k < kept.size(); ++k)
    for (std::size_t i = 0; i < kept[k].span<double>().size(); ++i)
      EXPECT_EQ(kept[k].span<double>()[i], again[k].span<double>()[i]);
}

}  // namespace
}  // namespace ito
