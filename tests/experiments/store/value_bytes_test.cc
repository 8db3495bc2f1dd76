// Values and tensors as bytes: every bit back, and nothing else accepted.
#include "experiments/store/value_bytes.h"

namespace ito::experiments {
namespace {

TEST(ValueBytes, ComeBackAndAreRefusedWhenShort) {
  const std::vector<Value> values = {true,
                                     std::int64_t{-5},
                                     0.1,
                                     std::string("text"),
                                     std::vector<double>{1, 2.5},
                                     std::vector<std::string>{"a", "", "bc"}};
  for (const Value& value : values) {
    const std::vector<std::byte> bytes = value_bytes(value);
    EXPECT_EQ(value_from_bytes(bytes), value);
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(value_from_bytes(std::span(bytes).first(n)));
  }
}

TEST(TensorBytes, ComeBackAndAreRefusedWhenShort) {
  const std::vector<std::byte> bytes = tensor_bytes(Tensor::from(std::vector<double>{1, 2, 3}, Shape{3, 1}));
  const std::optional<Tensor> back = tensor_from_bytes(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->shape(), (Shape{3, 1}));
  EXPECT_EQ(back->span<double>()[2], 3.0);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(tensor_from_bytes(std::span(bytes).first(n)));
}

TEST(TensorBytes, ExtentsThatWrapRoundAreRefused) {
  std::vector<std::byte> hostile = tensor_bytes(Tensor::zeros({1, 1, 1}, DType::f32));
  for (std::size_t axis = 0; axis < 3; ++axis) hostile[2 + 8 * axis + 3] = std::byte{0x7f};
  EXPECT_FALSE(tensor_from_bytes(hostile));
}

}  // namespace
}  // namespace ito::experiments
