// Norms, pooling, resampling and what works by samples beside PyTorch's: values and gradients, in double. Both sides
// round every step; sums have at most 520 terms.
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "tests/autograd/ops/torch_golden.h"

namespace ito {
namespace {

constexpr double kBound = 1e-12;

struct Watched {
  explicit Watched(Tensor x) : tensor(std::move(x)) {
    if (tensor.defined()) Tape::current().watch(tensor);
  }
  Tensor tensor;
};

TEST(TorchGolden, Norms) {
  const test::TorchGolden golden("normalization");
  ASSERT_EQ(golden.cases().size(), 9u);
  for (const std::string& name : golden.cases()) {
    const auto options = golden(name, "options").span<std::int32_t>();
    const double epsilon = golden(name, "epsilon").item();
    const Activation activation = options[2] != 0 ? Activation::silu : Activation::none;
    const char* const parts[] = {"x", "weight", "bias", "scale", "shift"};
    std::vector<Tensor> in, leaves;
    for (const char* part : parts) {
      in.push_back(Watched(golden(name, part)).tensor);
      if (in.back().defined()) leaves.push_back(in.back());
    }
    const Modulation modulation{in[3], in[4]};
    const Tensor y = options[0] == 0   ? layer_norm(in[0], in[1], in[2], epsilon, modulation, activation)
                     : options[0] == 1 ? rms_norm(in[0], in[1], epsilon, modulation, activation)
                                       : group_norm(in[0], options[1], in[1], in[2], epsilon, modulation, activation);
    test::expect_near(y, golden(name, "y"), kBound, name + ".y");
    const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, golden(name, "dy"), leaves);
    std::size_t next = 0;
    for (std::size_t i = 0; i < 5; ++i)
      if (in[i].defined())
        test::expect_near(gradients[next++], golden(name, std::string("d") + parts[i]), kBound, name + ".d" + parts[i]);
  }
}

TEST(TorchGolden, PoolingAndResampling) {
  const test::TorchGolden golden("image");
  ASSERT_EQ(golden.cases().size(), 11u);
  for (const std::string& name : golden.cases()) {
    const auto o = golden(name, "options").span<std::int32_t>();
    const PoolOptions pool{.size = o[1], .stride = o[2], .padding = o[3], .count_include_pad = o[4] != 0};
    const Tensor x = Watched(golden(name, "x")).tensor;
    const Tensor y = o[0] == 0   ? average_pool(x, pool)
                     : o[0] == 1 ? max_pool(x, pool)
                     : o[0] == 2 ? upsample_nearest(x, o[1])
                     : o[0] == 3 ? resize_bilinear(x, o[1], o[2])
                                 : global_average_pool(x);
    test::expect_near(y, golden(name, "y"), kBound, name + ".y");
    const Tensor dy = golden(name, "dy").reshape(y.shape());
    const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, dy, std::span(&x, 1));
    test::expect_near(gradients[0], golden(name, "dx"), kBound, name + ".dx");
  }
}

TEST(TorchGolden, RowsOfSamples) {
  const test::TorchGolden golden("per_sample");
  ASSERT_EQ(golden.cases().size(), 5u);
  for (const std::string& name : golden.cases()) {
    const Tensor x = Watched(golden(name, "x")).tensor, row = Watched(golden(name, "row")).tensor,
                 h = Watched(golden(name, "h")).tensor;
    const Tensor y = h.defined() ? gated_residual(x, row, h) : add_per_sample(x, row);
    test::expect_near(y, golden(name, "y"), kBound, name + ".y");
    std::vector<Tensor> leaves = {x, row};
    if (h.defined()) leaves.push_back(h);
    const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, golden(name, "dy"), leaves);
    const char* const parts[] = {"dx", "drow", "dh"};
    for (std::size_t i = 0; i < gradients.size(); ++i)
      test::expect_near(gradients[i], golden(name, parts[i]), kBound, name + "." + parts[i]);
  }
}

}  // namespace
}  // namespace ito
