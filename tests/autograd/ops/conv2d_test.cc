// conv2d and conv_transpose2d: values and gradients against PyTorch's, and what they refuse.
#include <array>

#include "autograd/io/npy.h"
#include "autograd/io/permuted.h"
#include "autograd/io/safetensors.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

Tensor channels_last(const Tensor& x) { return permuted(x, std::array{0, 2, 3, 1}); }

// The golden operands are such that every sum is exact in double, in any order.
void expect_equal(const Tensor& got, const Tensor& expected, const std::string& what) {
  ASSERT_EQ(got.shape(), expected.shape()) << what;
  for (std::size_t i = 0; i < got.span<double>().size(); ++i)
    ASSERT_EQ(got.span<double>()[i], expected.span<double>()[i]) << what << " " << i;
}

TEST(Conv2dOperator, AgreesWithPyTorch) {
  const NamedTensors golden = load_npz(tree_root() / "tests/golden/torch/convolution.npz");
  ASSERT_EQ(golden.at("torch_version").size(), 3);
  int cases = 0;
  for (; golden.contains(std::to_string(cases) + ".x"); ++cases) {
    const std::string prefix = std::to_string(cases) + ".";
    const auto array = [&](const char* name) { return golden.at(prefix + name); };
    const Tensor options = array("options");
    const std::span<const std::int32_t> o = options.span<std::int32_t>();
    const Conv2dOptions chosen{.stride = o[1], .padding = o[2], .dilation = o[3]};
    Tensor x = channels_last(array("x")), w = weight_from_pytorch(array("w")), bias;
    std::vector<Tensor> leaves;
    for (Tensor* leaf : {&x, &w}) {
      Tape::current().watch(*leaf);
      leaves.push_back(*leaf);
    }
    if (o[5] != 0) {
      bias = array("bias");
      Tape::current().watch(bias);
      leaves.push_back(bias);
    }
    const Tensor y = o[0] != 0 ? conv_transpose2d(x, w, bias, chosen, o[4]) : conv2d(x, w, bias, chosen);
    expect_equal(y, channels_last(array("y")), prefix + "y");
    const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, channels_last(array("dy")), leaves);
    expect_equal(gradients[0], channels_last(array("dx")), prefix + "dx");
    expect_equal(gradients[1], weight_from_pytorch(array("dw")), prefix + "dw");
    if (o[5] != 0) expect_equal(gradients[2], array("dbias"), prefix + "dbias");
  }
  EXPECT_EQ(cases, 9);
}

TEST(Conv2dOperator, RefusesWhatDoesNotFit) {
  const auto zeros = [](const Shape& shape) { return Tensor::zeros(shape, DType::f32); };
  const auto message = [](const auto& compute) -> std::string {
    try {
      compute();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const Tensor x = zeros({2, 5, 5, 3}), w = zeros({3, 3, 3, 4}), w_t = zeros({3, 3, 4, 3}), bias = zeros({4});
  EXPECT_EQ(message([&] { conv2d(x, w, bias); }), "");
  EXPECT_EQ(message([&] { conv2d(Tensor(), w, bias); }), "conv2d(): was given an undefined tensor");
  EXPECT_EQ(message([&] { conv2d(x, w_t, bias); }),
            "conv2d(): float [2, 5, 5, 3] and the weight float [3, 3, 4, 3] do not fit");
  EXPECT_EQ(message([&] { conv2d(x, w, zeros({3})); }),
            "conv2d(): the weight float [3, 3, 3, 4] and the bias float [3] do not fit");
  EXPECT_EQ(message([&] { conv2d(x, w, bias, {.stride = 0}); }),
            "conv2d(): stride 0, padding 0 and dilation 1 must be at least 1, 0 and 1");
  EXPECT_EQ(
      message([&] { conv2d(x, w, bias, {.dilation = 3}); }),
      "conv2d(): the kernel [3, 3, 3, 4], dilated by 3, is larger than the image [2, 5, 5, 3] with a padding of 0");
  EXPECT_EQ(message([&] { conv_transpose2d(x, w_t, bias, {.stride = 2}, 1); }), "");
  EXPECT_EQ(message([&] { conv_transpose2d(x, w, bias); }),
            "conv_transpose2d(): float [2, 5, 5, 3] and the weight float [3, 3, 3, 4] do not fit");
  EXPECT_EQ(message([&] { conv_transpose2d(x, w_t, bias, {.stride = 2}, 2); }),
            "conv_transpose2d(): output_padding 2 must be at least 0 and below the stride 2");
  EXPECT_EQ(message([&] { conv_transpose2d(x, w_t, bias, {.padding = 4}); }),
            "conv_transpose2d(): an image [2, 5, 5, 3] and the kernel [3, 3, 4, 3] with a padding of 4 leave no pixel");
}

}  // namespace
}  // namespace ito
