// The models a recipe can name: the network's denoiser, its vector-Jacobian product, and exact formulas by name.
#include <map>

#include "autograd/arithmetic.h"
#include "experiments/data/dataset.h"
#include "experiments/models/model.h"
#include "samplers/exact/mixture.h"

namespace ito::experiments {
namespace {

std::shared_ptr<const Dataset> data_named(const std::string& name, const std::map<std::string, Value>& given = {}) {
  return maker<Dataset>(name)(Parameters(find_entry("data", name), given));
}

// A small network whose last layer is not zero, as it is when training begins.
std::unique_ptr<Model> mlp(const Dataset& data, const std::map<std::string, Value>& more = {}, std::uint64_t seed = 1) {
  std::map<std::string, Value> given = {{"hidden", std::vector<double>{16, 16}}, {"time_features", std::int64_t{8}}};
  for (const auto& [key, value] : more) given[key] = value;
  auto model = maker<Model>("mlp")(data, seed, Parameters(find_entry("model", "mlp"), given));
  model->parameters([](const std::string& name, Tensor& x) {
    if (name == "layers.2.weight")
      for (std::size_t i = 0; i < static_cast<std::size_t>(x.size()); ++i)
        x.mutable_span<float>()[i] = 0.1f * static_cast<float>(i % 5) - 0.2f;
  });
  return model;
}

Tensor evaluate(const Denoiser& denoiser, const Tensor& x, const std::vector<double>& times,
                const Tensor& condition = {}) {
  return denoiser.evaluate({x, times, condition}).prediction;
}

TEST(MlpModel, ASampleDoesNotDependOnItsBatch) {
  const auto data = data_named("moons");
  const Denoiser denoiser = mlp(*data)->denoiser(make_path("flow"));
  const Examples examples = data->draw(1, 0, 40, -1);
  std::vector<double> times;
  for (int i = 0; i < 40; ++i) times.push_back(0.02 * (i + 1));
  const Tensor all = evaluate(denoiser, examples.x, times, examples.labels);
  for (std::int64_t i = 0; i < 40; i += 7) {
    const std::int32_t label = examples.labels.span<std::int32_t>()[static_cast<std::size_t>(i)];
    const Tensor one = evaluate(denoiser, examples.x.slice_first(i, i + 1), {times[static_cast<std::size_t>(i)]},
                                Tensor::from<std::int32_t>({label}, {1}));
    for (std::size_t d = 0; d < 2; ++d)
      EXPECT_EQ(one.span<float>()[d], all.span<float>()[2 * static_cast<std::size_t>(i) + d]);
  }
  EXPECT_THROW(evaluate(denoiser, examples.x, {0.1, 0.2}), InputError);
}

TEST(MlpModel, KnowsClassesAndTheirAbsence) {
  const auto data = data_named("moons");
  const Denoiser denoiser = mlp(*data)->denoiser(make_path("vp"));
  EXPECT_EQ(denoiser.classes, 2);
  const Tensor x = Tensor::from<float>({0.3f, -0.2f, 0.3f, -0.2f, 0.3f, -0.2f}, {3, 2});
  const Tensor y = evaluate(denoiser, x, {0.5}, Tensor::from<std::int32_t>({0, 1, kUnconditional}, {3}));
  const std::span<const float> v = y.span<float>();
  EXPECT_NE(v[0], v[2]);
  EXPECT_NE(v[0], v[4]);
  EXPECT_EQ(evaluate(denoiser, x, {0.5}).span<float>()[0], v[4]);
  EXPECT_THROW(evaluate(denoiser, x, {0.5}, Tensor::from<std::int32_t>({0, 1, 2}, {3})), InputError);
  EXPECT_THROW(evaluate(denoiser, x, {0.5}, Tensor::from<std::int32_t>({0, -2, 1}, {3})), InputError);
  EXPECT_THROW(evaluate(denoiser, x, {0.5}, Tensor::from<std::int32_t>({0}, {1})), InputError);
}

TEST(MlpModel, WithoutTimeConditioningOneFieldServesAllTimes) {
  const auto data = data_named("moons");
  const Tensor x = Tensor::from<float>({0.3f, -0.2f}, {1, 2});
  const Denoiser blind = mlp(*data, {{"time_conditioned", false}})->denoiser(make_path("vp"));
  EXPECT_EQ(evaluate(blind, x, {0.1}).span<float>()[0], evaluate(blind, x, {0.9}).span<float>()[0]);
  const Denoiser seeing = mlp(*data)->denoiser(make_path("vp"));
  EXPECT_NE(evaluate(seeing, x, {0.1}).span<float>()[0], evaluate(seeing, x, {0.9}).span<float>()[0]);
}

// v^T df/dx against central differences of the float network: error h^2 |f'''| plus rounding 2^-24 |f| / h.
TEST(MlpModel, VectorJacobianProductAgreesWithDifferences) {
  const auto data = data_named("moons");
  for (const char* path : {"vp", "flow"}) {
    const Denoiser denoiser = mlp(*data)->denoiser(make_path(path));
    const Tensor v = Tensor::from<float>({0.7f, -1.1f}, {1, 2});
    const float at[2] = {0.4f, -0.3f}, h = 1.0f / 128;
    const std::vector<double> times = {0.4};
    const Tensor none;
    const Tensor x = Tensor::from<float>({at[0], at[1]}, {1, 2});
    const Tensor product = denoiser.vjp({x, times, none}, v);
    for (std::size_t d = 0; d < 2; ++d) {
      double ends[2];
      for (int side = 0; side < 2; ++side) {
        float moved[2] = {at[0], at[1]};
        moved[d] += side ? h : -h;
        const Tensor y = evaluate(denoiser, Tensor::from<float>({moved[0], moved[1]}, {1, 2}), times);
        ends[side] = 0.7f * y.span<float>()[0] - 1.1f * y.span<float>()[1];
      }
      EXPECT_NEAR(product.span<float>()[d], (ends[1] - ends[0]) / (2.0 * h), 1e-3) << path;
    }
  }
}

TEST(MlpModel, WeightsDependOnTheSeedAndTheirNames) {
  const auto data = data_named("moons");
  const auto first = [&](std::uint64_t seed) {
    float value = 0;
    mlp(*data, {}, seed)->parameters([&](const std::string& name, Tensor& x) {
      if (name == "layers.0.weight") value = x.span<float>()[0];
    });
    return value;
  };
  EXPECT_EQ(first(1), first(1));
  EXPECT_NE(first(1), first(2));
}

TEST(MlpModel, RefusesWhatItCannotBe) {
  const auto data = data_named("moons");
  const auto made = [&](const std::map<std::string, Value>& given) { mlp(*data, given); };
  EXPECT_THROW(made({{"hidden", std::vector<double>{}}}), InputError);
  EXPECT_THROW(made({{"hidden", std::vector<double>{16.5}}}), InputError);
  EXPECT_THROW(made({{"time_features", std::int64_t{7}}}), InputError);
  EXPECT_THROW(made({{"prediction", std::string("epsilon")}}), InputError);
  EXPECT_DOUBLE_EQ(mlp(*data)->multiply_adds(), (2 + 8 + 3) * 16 + 16 * 16 + 16 * 2);
}

TEST(ExactModel, IsChosenByName) {
  const auto exact = [](const Dataset& data, const std::map<std::string, Value>& given) {
    return maker<Model>("exact")(data, 1, Parameters(find_entry("model", "exact"), given));
  };
  const auto spiral = data_named("spiral"), rings = data_named("rings");
  const auto model = exact(*spiral, {});
  EXPECT_FALSE(model->trainable());
  const Denoiser denoiser = model->denoiser(make_path("vp"));
  EXPECT_EQ(denoiser.classes, 3);
  EXPECT_NE(exact(*spiral, {{"formula", std::string("mixture")}})->signature(),
            exact(*data_named("eight_gaussians"), {})->signature());
  EXPECT_THROW(exact(*spiral, {{"formula", std::string("gaussian")}}), InputError);
  EXPECT_THROW(exact(*spiral, {{"examples", std::int64_t{5}}}), InputError);
  EXPECT_THROW(exact(*rings, {}), InputError);
  EXPECT_THROW(model->forward({.x = Tensor::from<float>({0, 0}, {1, 2})}), InputError);
}

}  // namespace
}  // namespace ito::experiments
