#include "autograd/io/safetensors.h"

#include "autograd/io/atomic_file.h"
#include "tests/support/damaged.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

Bytes file_with(const std::string& header, std::size_t data) {
  Bytes bytes(8 + header.size() + data);
  const std::uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  std::memcpy(bytes.data() + 8, header.data(), header.size());
  return bytes;
}

TEST(Safetensors, ReadsWhatHuggingFaceWrote) {
  const TensorFile file = load_safetensors(golden("arrays/mixed.safetensors"));
  EXPECT_EQ(file.metadata.at("made_by"), "safetensors 0.8.0");
  ASSERT_EQ(file.tensors.size(), 4u);
  const Tensor a = file.tensors.at("a.weight"), b = file.tensors.at("b"), h = file.tensors.at("h");
  const Tensor n = file.tensors.at("n");
  ASSERT_EQ(a.shape(), Shape({2, 3, 4}));
  for (int i = 0; i < 24; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double x = i / 12 + (i / 4 % 3) / 4.0 - (i % 4) / 2.0;
    EXPECT_EQ(a.span<float>()[at], x);
    EXPECT_EQ(b.span<double>()[at], x);
    EXPECT_EQ(h.span<float>()[at], x);
    EXPECT_EQ(n.span<std::int32_t>()[at], 4 * (i / 12) + 7 * (i / 4 % 3) - 9 * (i % 4));
  }
}

TEST(Safetensors, WritesWhatItReadsAndTheSameBytesAgain) {
  const TemporaryFolder folder;
  TensorFile file;
  file.metadata = {{"step", "3000"}, {"recipe", "a \"quoted\" name"}};
  file.tensors = {{"z", Tensor::from<float>({1, 2, 3}, {3})},
                  {"a", Tensor::from<double>({0.1}, {})},
                  {"m", Tensor::from<std::int32_t>({4, 5}, {2, 1})},
                  {"none", Tensor::empty({0, 3}, DType::f32)}};
  save_safetensors(folder / "w.safetensors", file);
  const Bytes bytes = read_file(folder / "w.safetensors");
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  EXPECT_EQ(header % 8, 0u);
  const TensorFile back = load_safetensors(folder / "w.safetensors");
  EXPECT_EQ(back.metadata, file.metadata);
  ASSERT_EQ(back.tensors.size(), 4u);
  EXPECT_EQ(back.tensors.at("a").item(), 0.1);
  EXPECT_EQ(back.tensors.at("z").span<float>()[2], 3.0f);
  EXPECT_EQ(back.tensors.at("m").shape(), Shape({2, 1}));
  EXPECT_EQ(back.tensors.at("none").shape(), Shape({0, 3}));
  EXPECT_EQ(safetensors_bytes(back), bytes);
  EXPECT_EQ(safetensors_bytes(parse_safetensors(safetensors_bytes({}), "empty")), safetensors_bytes({}));
}

TEST(Safetensors, Bfloat16Widens) {
  Bytes bytes = file_with(R"({"x":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}})", 6);
  const std::uint16_t values[] = {0x3F80, 0xC049, 0x0001};  // 1, -3.140625, 2^-133
  std::memcpy(bytes.data() + bytes.size() - 6, values, 6);
  const Tensor x = parse_safetensors(bytes, "bf16").tensors.at("x");
  EXPECT_EQ(x.span<float>()[0], 1.0f);
  EXPECT_EQ(x.span<float>()[1], -3.140625f);
  EXPECT_EQ(x.span<float>()[2], 0x1p-133f);
}

TEST(Safetensors, RefusesHostileHeaders) {
  const auto refused = [](const std::string& header, std::size_t data, const std::string& part) {
    try {
      parse_safetensors(file_with(header, data), "w");
      ADD_FAILURE() << "accepted: " << header;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
  };
  const std::string x = R"("dtype":"F32","shape":[2])";
  refused("{\"x\":{" + x + R"(,"data_offsets":[0,12]}})", 12, "do not fill");
  refused("{\"x\":{" + x + R"(,"data_offsets":[0,8]}})", 4, "outside the file");
  refused("{\"x\":{" + x + R"(,"data_offsets":[8,0]}})", 8, "outside the file");
  refused("{\"x\":{" + x + R"(,"data_offsets":[0,8]}})", 9, "belong to no tensor");
  refused("{\"x\":{" + x + R"(,"data_offsets":[1,9]}})", 9, "gap or overlap");
  refused("{\"x\":{" + x + R"(,"data_offsets":[0,8]},"y":{)" + x + R"(,"data_offsets":[4,12]}})", 12, "gap or overlap");
  refused("{\"x\":{" + x + R"(,"data_offsets":[0,8]},"y":{)" + x + R"(,"data_offsets":[0,8]}})", 8, "gap or overlap");
  refused("{\"x\":{" + x + R"(,"data_offsets":[0,8]},"x":{)" + x + R"(,"data_offsets":[8,16]}})", 16,
          "names 'x' twice");
  refused(R"({"x":{"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "names 'dtype' twice");
  refused(R"({"__metadata__":{"a":"1","a":"2"}})", 0, "names 'a' twice");
  refused(R"({"x":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}})", 4, "not a JSON object");
  refused(R"({"x":{"dtype":"F32","shape":[0,4611686018427387904,8],"data_offsets":[0,0]}})", 0, "do not fill");
  refused("{\"x\":{" + x + R"(,"data_offsets":[0,8],"more":1}})", 8, "exactly");
  refused(R"({"x":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", 2, "F8_E4M3");
  refused(R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0, "do not fill");
  refused(R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8, "whole number");
  refused(R"({"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", 8, "whole number");
  refused(R"({"x":{"dtype":"F32","shape":[1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4, "6 axes");
  refused(R"({"x":{"dtype":"F32","shape":[1e400],"data_offsets":[0,4]}})", 4, "");
  refused(R"({"__metadata__":{"a":1}})", 0, "not a text");
  refused("[]", 0, "not a JSON object");
  refused("{\"\xFF\":1}", 0, "not a JSON object");
  refused(std::string(100000, '['), 0, "");
  refused("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}", 0, "nested too deeply");
  Bytes huge(16);
  const std::uint64_t claimed = ~std::uint64_t{0} - 4;
  std::memcpy(huge.data(), &claimed, 8);
  EXPECT_THROW(parse_safetensors(huge, "w"), InputError);
  EXPECT_THROW(safetensors_bytes({{{"__metadata__", Tensor::scalar(0, DType::f32)}}, {}}), InputError);
  EXPECT_THROW(safetensors_bytes({{{"\xFF", Tensor::scalar(0, DType::f32)}}, {}}), InputError);
}

TEST(Safetensors, DamageNeverCrashes) {
  const Bytes file = read_file(golden("arrays/mixed.safetensors"));
  for_each_truncation(file, [&](const Bytes& copy) { EXPECT_THROW(parse_safetensors(copy, "w"), InputError); });
  for_each_flip(file, [&](const Bytes& copy) {
    try {
      parse_safetensors(copy, "w");  // names and elements may be others: the format has no checksum
    } catch (const InputError&) {
    }
  });
}

TEST(Safetensors, PyTorchsWeightsTurnTheirAxes) {
  std::vector<float> values(2 * 3 * 4 * 5);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  // O, I, KH, KW = 2, 3, 4, 5
  const Tensor conv = weight_from_pytorch(Tensor::from(values, {2, 3, 4, 5}));
  ASSERT_EQ(conv.shape(), Shape({4, 5, 3, 2}));
  // [kh = 1, kw = 2, i = 2, o = 1] was [1, 2, 1, 2].
  EXPECT_EQ(conv.span<float>()[((1 * 5 + 2) * 3 + 2) * 2 + 1], ((1 * 3 + 2) * 4 + 1) * 5 + 2);
  const Tensor back = weight_to_pytorch(conv);
  EXPECT_EQ(back.shape(), Shape({2, 3, 4, 5}));
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(back.span<float>()[i], values[i]);
  const Tensor linear = weight_from_pytorch(Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3}));
  EXPECT_EQ(linear.shape(), Shape({3, 2}));
  EXPECT_EQ(linear.span<float>()[1], 4.0f);
  EXPECT_THROW(weight_from_pytorch(Tensor::from<float>({1}, {1})), InputError);
}

}  // namespace
}  // namespace ito
