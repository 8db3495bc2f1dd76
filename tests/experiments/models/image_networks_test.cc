// The image networks: a sample alone, its classes and its time; how they begin; what they refuse; their gradient.
#include <algorithm>
#include <cmath>
#include <set>

#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "experiments/data/finite_set.h"
#include "experiments/models/classifier.h"
#include "experiments/models/model.h"
#include "kernels/random/random.h"
#include "samplers/noise.h"

namespace ito::experiments {
namespace {

std::shared_ptr<const Dataset> pictures(const Shape& shape = {8, 8, 1}, int classes = 3) {
  const std::int64_t n = 12;
  Examples train{initial_noise({n, shape[0], shape[1], shape[2]}, DType::f32, 5), Tensor::zeros({n}, DType::i32)};
  for (std::int64_t i = 0; i < n; ++i)
    train.labels.mutable_span<std::int32_t>()[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i % classes);
  return finite_dataset("pictures", std::move(train), {}, {}, classes);
}

const GivenParameters& small(const std::string& kind) {
  static const std::map<std::string, GivenParameters> given = {
      {"unet",
       {{"channels", std::vector<double>{8, 12}},
        {"attention", std::vector<double>{1}},
        {"heads", std::int64_t{2}},
        {"embedding", std::int64_t{16}},
        {"time_features", std::int64_t{8}}}},
      {"dit",
       {{"channels", std::int64_t{16}},
        {"blocks", std::int64_t{2}},
        {"heads", std::int64_t{2}},
        {"patch", std::int64_t{2}},
        {"embedding", std::int64_t{16}},
        {"time_features", std::int64_t{8}}}},
      {"classifier", {{"channels", std::vector<double>{4, 6}}, {"dropout", 0.0}}}};
  return given.at(kind);
}

std::unique_ptr<Model> network(const std::string& kind, const GivenParameters& more = {}, const Dataset* data = nullptr,
                               bool zeros = false) {
  GivenParameters given = small(kind);
  for (const auto& [key, value] : more) given[key] = value;
  const auto own = pictures();
  auto model = maker<Model>(kind)(data != nullptr ? *data : *own, 3, Parameters(find_entry("model", kind), given));
  // What starts from zeros says nothing: give every parameter some numbers.
  std::uint32_t number = 0;
  if (!zeros)
    model->parameters([&](const std::string&, Tensor& x) {
      std::uint32_t i = 0;
      ++number;
      for (float& v : x.mutable_span<float>())
        v += static_cast<float>(0.2 * (random_uniform(RandomKey(9, 0, Stream::test), number, i++) - 0.5));
    });
  return model;
}

std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "not refused";
}

class ImageNetworks : public testing::TestWithParam<const char*> {};

TEST_P(ImageNetworks, ASampleDoesNotDependOnItsBatch) {
  const Denoiser denoiser = network(GetParam())->denoiser(make_path("vp"));
  const std::int64_t n = 21;  // several pieces, the last one short
  const Tensor x = initial_noise({n, 8, 8, 1}, DType::f32, 1);
  std::vector<double> times;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < n; ++i) {
    times.push_back(0.03 + 0.045 * static_cast<double>(i));
    labels.push_back(static_cast<std::int32_t>(i % 4) - 1);
  }
  const Tensor condition = Tensor::from(labels, {n});
  const Tensor all = denoiser.evaluate({x, times, condition}).prediction;
  for (const std::int64_t i : {0, 7, 8, 20}) {
    const auto at = static_cast<std::size_t>(i);
    const Tensor own =
        denoiser.evaluate({x.slice_first(i, i + 1), std::span(times).subspan(at, 1), condition.slice_first(i, i + 1)})
            .prediction;
    for (std::size_t e = 0; e < 64; ++e) ASSERT_EQ(own.span<float>()[e], all.span<float>()[64 * at + e]) << i;
  }
}

TEST_P(ImageNetworks, HearsTheTimeAndTheClass) {
  const Denoiser denoiser = network(GetParam())->denoiser(make_path("vp"));
  EXPECT_EQ(denoiser.classes, 3);
  const Tensor x = initial_noise({1, 8, 8, 1}, DType::f32, 1);
  const auto answer = [&](double t, std::int32_t label) {
    const std::vector<double> times = {t};
    return denoiser.evaluate({x, times, Tensor::from<std::int32_t>({label}, {1})}).prediction.span<float>()[10];
  };
  std::set<float> distinct;
  for (const std::int32_t label : {-1, 0, 1, 2}) distinct.insert(answer(0.5, label));
  distinct.insert(answer(0.6, 0));
  EXPECT_EQ(distinct.size(), 5u);
  const std::vector<double> times = {0.5};
  EXPECT_EQ(denoiser.evaluate({x, times, Tensor()}).prediction.span<float>()[10], answer(0.5, kUnconditional));
  EXPECT_EQ(refusal([&] { answer(0.5, 3); }), "class 3; the network knows 0 to 2, and -1 for none");
}

TEST_P(ImageNetworks, BeginsAsItsPreconditioning) {
  const auto model = network(GetParam(), {}, nullptr, true);
  const Tensor x = initial_noise({2, 8, 8, 1}, DType::f32, 1);
  const std::vector<double> times = {0.3, 0.9}, lambda = {0.4, -2};
  const Tensor y = model->forward({.x = x, .times = times, .lambda = lambda});
  for (std::size_t i = 0; i < 128; ++i) {
    const double l = lambda[i / 64], a2 = 1 / (1 + std::exp(-2 * l)), p = 1 - a2 + 0.25 * a2;
    EXPECT_NEAR(y.span<float>()[i], 0.25 * std::sqrt(a2) / p * x.span<float>()[i], 1e-6);
  }
}

TEST_P(ImageNetworks, DropsInTrainingOnlyAndByTheExamplesNumber) {
  const auto model = network(GetParam(), {{"dropout", 0.5}});
  const Tensor x = initial_noise({3, 8, 8, 1}, DType::f32, 1);
  const std::vector<double> times = {0.3, 0.5, 0.9}, lambda = {0.4, 0, -2};
  const auto at = [&](std::int64_t begin, std::int64_t end, const DropoutPlace* place) {
    const auto first = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
    return model->forward({.x = x.slice_first(begin, end),
                           .times = std::span(times).subspan(first, count),
                           .lambda = std::span(lambda).subspan(first, count),
                           .dropout = place});
  };
  const DropoutPlace place{.seed = 1, .step = 4, .first_example = 10},
      shifted{.seed = 1, .step = 4, .first_example = 12}, other{.seed = 1, .step = 5, .first_example = 10};
  const Tensor plain = at(0, 3, nullptr), dropped = at(0, 3, &place), alone = at(2, 3, &shifted),
               next = at(0, 3, &other);
  EXPECT_NE(plain.span<float>()[5], dropped.span<float>()[5]);
  EXPECT_NE(next.span<float>()[5], dropped.span<float>()[5]);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(alone.span<float>()[i], dropped.span<float>()[128 + i]);
}

// The loss's slope along a direction in the space of parameters. What is computed again gives the gradients of what is
// kept, each of them: one that is lost weighs too little in the slope to be missed there.
TEST_P(ImageNetworks, GradientIsTheSlope) {
  std::vector<Tensor> kept;
  for (const bool checkpointed : {false, true}) {
    const auto model = network(GetParam(), {{"checkpoint", checkpointed}, {"dropout", 0.25}});
    const Tensor x = initial_noise({2, 8, 8, 1}, DType::f32, 1), target = initial_noise({2, 8, 8, 1}, DType::f32, 2);
    const std::vector<double> times = {0.3, 0.9}, lambda = {0.4, -2};
    const Tensor condition = Tensor::from<std::int32_t>({1, -1}, {2});
    const DropoutPlace place{.seed = 1, .step = 4, .first_example = 10};
    const auto loss = [&](const Model& m) {
      const Tensor y = m.forward({.x = x, .times = times, .lambda = lambda, .condition = condition, .dropout = &place});
      return mean_squared_error(y, target);
    };
    const auto own = model->share();
    std::vector<Tensor> leaves;
    own->parameters([&](const std::string&, Tensor& p) {
      Tape::current().watch(p);
      leaves.push_back(p);
    });
    const std::vector<Tensor> gradients = Tape::current().gradients(loss(*own), leaves);
    if (!checkpointed) kept = gradients;
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      const std::span<const float> g = gradients[k].span<float>(), same = kept[k].span<float>();
      for (std::size_t i = 0; i < g.size(); ++i)
        ASSERT_NEAR(g[i], same[i], 1e-6 + 1e-4 * std::abs(same[i])) << GetParam() << ", parameter " << k;
    }
    // Halfway between the gradient and a random direction of its length: steep, and off what a lost part would leave.
    double size = 0, slope = 0, length = 0;
    std::vector<Tensor> direction;
    for (const Tensor& g : gradients)
      for (const float v : g.span<float>()) size += static_cast<double>(v) * v;
    std::int64_t count = 0;
    for (const Tensor& g : gradients) count += g.size();
    for (const Tensor& g : gradients) {
      Tensor d = initial_noise({1, g.size()}, DType::f32, 100 + direction.size()).reshape(g.shape());
      const double scale = std::sqrt(size / static_cast<double>(count));
      const std::span<float> to = d.mutable_span<float>();
      for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] = static_cast<float>(scale * to[i] + g.span<float>()[i]);
        slope += static_cast<double>(to[i]) * g.span<float>()[i];
        length += static_cast<double>(to[i]) * to[i];
      }
      direction.push_back(d);
    }
    length = std::sqrt(length);
    slope /= length;
    const double h = 1e-2;
    const auto moved = [&](double by) {
      const auto copy = model->share();
      std::size_t k = 0;
      copy->parameters([&](const std::string&, Tensor& p) {
        p = p.clone();
        const std::span<const float> d = direction[k++].span<float>();
        for (std::size_t i = 0; i < d.size(); ++i) p.mutable_span<float>()[i] += static_cast<float>(by / length * d[i]);
      });
      const NoGrad no_grad;
      return loss(*copy).item();
    };
    // Central differences at h and 2h: the error in h^2 cancels.
    const double once = (moved(h) - moved(-h)) / (2 * h), twice = (moved(2 * h) - moved(-2 * h)) / (4 * h);
    EXPECT_NEAR((4 * once - twice) / 3, slope, 2e-3 * slope) << GetParam() << " " << checkpointed;
  }
}

TEST_P(ImageNetworks, RefusesWhatDoesNotFit) {
  const std::string kind = GetParam();
  const auto points = maker<Dataset>("moons")(Parameters(find_entry("data", "moons"), {}));
  EXPECT_NE(refusal([&] { network(kind, {}, points.get()); }).find("takes images [H, W, C]"), std::string::npos);
  const auto odd = pictures({9, 8, 1});
  EXPECT_NE(refusal([&] { network(kind, {}, odd.get()); }).find("9 x 8"), std::string::npos);
  EXPECT_NE(refusal([&] {
              network(kind, {{"time_features", std::int64_t{7}}});
            }).find("an even number"),
            std::string::npos);
  EXPECT_NE(refusal([&] { network(kind, {{"heads", std::int64_t{5}}}); }).find("do not divide"), std::string::npos);
  EXPECT_NE(refusal([&] {
              network(kind, {{"prediction", std::string("eps")}});
            }).find("preconditioning"),
            std::string::npos);
  const Tensor large = initial_noise({1, 16, 16, 1}, DType::f32, 1);
  const std::vector<double> one = {0.5};
  EXPECT_EQ(refusal([&] { network(kind)->forward({.x = large, .times = one, .lambda = one}); }),
            kind + ": images of shape [1, 16, 16, 1]; [8, 8, 1] was expected");
}

TEST_P(ImageNetworks, NamesEachParameterOnce) {
  const auto model = network(GetParam());
  std::set<std::string> names;
  std::size_t count = 0;
  model->parameters([&](const std::string& name, Tensor&) {
    names.insert(name);
    ++count;
  });
  EXPECT_EQ(names.size(), count);
  EXPECT_GT(model->multiply_adds(), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ImageNetworks, testing::Values("unet", "dit"));

TEST(Classifier, FeaturesAreItsPenultimateLayerInAnyPieces) {
  const auto data = pictures();
  const auto model = network("classifier");
  const auto& classifier = dynamic_cast<const Classifier&>(*model);
  const Tensor x = initial_noise({19, 8, 8, 1}, DType::f32, 1);
  const Tensor features = classifier.features(x);
  EXPECT_EQ(features.shape(), (Shape{19, 6}));
  const Tensor logits = classifier.logits(features), direct = classifier.forward({.x = x});
  ASSERT_EQ(logits.shape(), direct.shape());
  for (std::size_t i = 0; i < direct.span<float>().size(); ++i)
    EXPECT_EQ(logits.span<float>()[i], direct.span<float>()[i]);
  std::vector<std::int32_t> given;
  for (std::size_t i = 0; i < 19; ++i) {
    const auto row = logits.span<float>().subspan(3 * i, 3);
    const auto best = static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
    given.push_back(i < 5 ? (best + 1) % 3 : best);  // five that it does not give their class
  }
  EXPECT_DOUBLE_EQ(classifier.accuracy({x, Tensor::from(given, {19})}), 14.0 / 19);
  EXPECT_NE(refusal([&] { classifier.denoiser(make_path("vp")); }).find("denoises nothing"), std::string::npos);
  EXPECT_NE(refusal([&] {
              classifier.features(initial_noise({1, 4, 4, 1}, DType::f32, 1));
            }).find("[8, 8, 1]"),
            std::string::npos);
}

}  // namespace
}  // namespace ito::experiments
