// Whole networks beside the same networks in PyTorch's own layers (tests/golden/torch/networks.py): outputs, and the
// gradients in the input and in every parameter. Parameters come through a safetensors file of torch's names and
// shapes.
#include <cmath>
#include <sstream>

#include "autograd/io/safetensors.h"
#include "autograd/tape.h"
#include "experiments/data/finite_set.h"
#include "experiments/models/model.h"
#include "experiments/training/train.h"
#include "tests/autograd/ops/torch_golden.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

// Torch's results are of double, ours of float. How much a network amplifies float's rounding is measured by torch's
// own float pass ("rounding" in the golden data); another order of the same roundings may stray a few times as far.
constexpr double kTimesTorchsRounding = 4;

constexpr int kClasses = 3;

struct TorchCase {
  const char* name;
  const char* kind;
  Shape image;
  GivenParameters options;  // those of networks.py
};

std::vector<TorchCase> cases() {
  return {{"unet",
           "unet",
           {8, 8, 1},
           {{"channels", std::vector<double>{4, 9}},
            {"blocks", std::int64_t{1}},
            {"attention", std::vector<double>{1}},
            {"middle", true},
            {"heads", std::int64_t{3}},
            {"embedding", std::int64_t{7}},
            {"time_features", std::int64_t{8}},
            {"sigma_data", 0.75},
            {"patch", std::int64_t{1}}}},
          {"unet_deep",
           "unet",
           {8, 16, 2},
           {{"channels", std::vector<double>{3, 6}},
            {"blocks", std::int64_t{2}},
            {"attention", std::vector<double>{0, 1}},
            {"heads", std::int64_t{3}},
            {"middle", false},
            {"skip_scale", std::string("sqrt_half")},
            {"preconditioning", std::string("none")},
            {"patch", std::int64_t{2}},
            {"embedding", std::int64_t{5}},
            {"time_features", std::int64_t{6}}}},
          {"dit",
           "dit",
           {8, 12, 2},
           {{"channels", std::int64_t{8}},
            {"blocks", std::int64_t{2}},
            {"heads", std::int64_t{2}},
            {"embedding", std::int64_t{6}},
            {"time_features", std::int64_t{8}},
            {"patch", std::int64_t{2}}}},
          {"dit_plain",
           "dit",
           {8, 8, 1},
           {{"channels", std::int64_t{12}},
            {"blocks", std::int64_t{1}},
            {"heads", std::int64_t{3}},
            {"embedding", std::int64_t{4}},
            {"time_features", std::int64_t{6}},
            {"patch", std::int64_t{4}},
            {"preconditioning", std::string("none")}}},
          {"classifier", "classifier", {8, 12, 2}, {{"channels", std::vector<double>{4, 6, 9}}}}};
}

std::unique_ptr<Model> network(const TorchCase& c, const GivenParameters& more = {}) {
  Examples train{Tensor::zeros({kClasses, c.image[0], c.image[1], c.image[2]}, DType::f32),
                 Tensor::from<std::int32_t>({0, 1, 2}, {kClasses})};
  const auto data = finite_dataset("pictures", std::move(train), {}, {}, kClasses);
  GivenParameters given = c.options;
  for (const auto& [key, value] : more) given[key] = value;
  return maker<Model>(c.kind)(*data, 1, Parameters(find_entry("model", c.kind), given));
}

std::string text_of(const Tensor& codes) {
  std::string text;
  for (const std::int32_t code : codes.span<std::int32_t>()) text += static_cast<char>(code);
  return text;
}

// Gives the model the numbers that torch holds for its parameters: "parameters", or "gradients".
void load(const test::TorchGolden& golden, const TorchCase& c, const char* which, Model& model) {
  TensorFile file;
  const std::span<const float> numbers = golden(c.name, which).span<float>();
  std::size_t at = 0;
  std::istringstream lines(text_of(golden(c.name, "names")));
  for (std::string name, shape; lines >> name >> shape;) {
    std::vector<std::int64_t> extents;
    std::istringstream sizes(shape);
    for (std::string size; std::getline(sizes, size, 'x');) extents.push_back(std::stoll(size));
    Tensor& tensor = file.tensors[name] = Tensor::empty(Shape(std::span<const std::int64_t>(extents)), DType::f32);
    ASSERT_LE(at + tensor.span<float>().size(), numbers.size());
    std::ranges::copy(numbers.subspan(at, tensor.span<float>().size()), tensor.mutable_span<float>().begin());
    at += tensor.span<float>().size();
  }
  ASSERT_EQ(at, numbers.size());
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "torch.safetensors";
  save_safetensors(path, file);
  load_weights(path, model);
}

double largest(const Tensor& x) {
  double most = 0;
  for (const float value : x.span<float>()) most = std::max<double>(most, std::fabs(value));
  return most;
}

// Elements within bound times `scale`, the largest number of the tensor or of what stands beside it.
void expect_close(const Tensor& got, const Tensor& want, double bound, double scale, const std::string& what) {
  ASSERT_EQ(got.shape(), want.shape()) << what;
  ASSERT_GT(scale, 0) << what;
  double worst = 0;
  for (std::size_t i = 0; i < got.span<float>().size(); ++i)
    worst = std::max(worst, std::fabs(static_cast<double>(got.span<float>()[i]) - want.span<float>()[i]));
  EXPECT_LE(worst, bound * scale) << what;
}

void compare(const test::TorchGolden& golden, const TorchCase& c, const GivenParameters& more = {}) {
  SCOPED_TRACE(c.name);
  const auto model = network(c, more), wanted = network(c, more);
  load(golden, c, "parameters", *model);
  load(golden, c, "gradients", *wanted);

  const double bound = kTimesTorchsRounding * golden(c.name, "rounding").item();
  ASSERT_LT(bound, 1e-4);

  Tensor x = golden(c.name, "x");
  Tape::current().watch(x);
  std::vector<Tensor> leaves = {x};
  model->parameters([&](const std::string&, Tensor& p) {
    Tape::current().watch(p);
    leaves.push_back(p);
  });
  const Tensor y = model->forward({.x = x,
                                   .times = golden(c.name, "times").span<double>(),
                                   .lambda = golden(c.name, "lambda").span<double>(),
                                   .condition = golden(c.name, "condition")});
  expect_close(y, golden(c.name, "y"), bound, largest(golden(c.name, "y")), "y");
  const std::vector<Tensor> gradients = Tape::current().vector_jacobian(y, golden(c.name, "dy"), leaves);
  expect_close(gradients[0], golden(c.name, "dx"), bound, largest(golden(c.name, "dx")), "dx");

  // A bias before a norm of one channel a group has the gradient 0, as a sum of terms like its weight's: the scale is
  // that of the layer.
  std::map<std::string, double> scales;
  const auto layer = [](const std::string& name) { return name.substr(0, name.rfind('.')); };
  wanted->parameters([&](const std::string& name, Tensor& want) {
    double& scale = scales[layer(name)];
    scale = std::max(scale, largest(want));
  });
  std::size_t next = 1;
  wanted->parameters([&](const std::string& name, Tensor& want) {
    expect_close(gradients[next++], want, bound, scales.at(layer(name)), "the gradient of " + name);
  });
  EXPECT_EQ(next, gradients.size());
}

TEST(TorchNetworks, OutputsAndGradients) {
  const test::TorchGolden golden("networks");
  std::set<std::string> names;
  for (const TorchCase& c : cases()) {
    names.insert(c.name);
    compare(golden, c);
  }
  EXPECT_EQ(golden.cases(), names);
}

TEST(TorchNetworks, ComputedAgainForTheirGradients) {
  const test::TorchGolden golden("networks");
  for (const TorchCase& c : cases())
    if (std::string(c.kind) != "classifier") compare(golden, c, {{"checkpoint", true}});
}

}  // namespace
}  // namespace ito::experiments
