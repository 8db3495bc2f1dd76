// The UNet of the shipped recipe fashion-unet, as it is trained and sampled: a forward pass without recording, and a
// whole training step (noise, forward, gradients by shards of 8, clipping, AdamW, moving average). Its operations are
// those of the products: forward twice the multiply-adds, training three times that.
#include <memory>

#include "bench/case.h"
#include "experiments/recipe/resolve.h"
#include "experiments/run/plan.h"
#include "experiments/training/options.h"
#include "experiments/training/train.h"
#include "samplers/noise.h"

namespace ito::bench {
namespace {

using namespace experiments;

// Grey pictures of noise with ten labels: what they show decides no speed.
std::shared_ptr<const Dataset> pictures() {
  constexpr std::int64_t kPictures = 512;
  auto data = std::make_shared<Dataset>();
  data->name = "noise";
  data->sample_shape = {28, 28, 1};
  data->classes = 10;
  std::vector<std::int32_t> labels(kPictures);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 10);
  data->train = {initial_noise({kPictures, 28, 28, 1}, DType::f32, 1), Tensor::from(labels, {kPictures})};
  return data;
}

struct Unet {
  std::shared_ptr<const Dataset> data = pictures();
  std::unique_ptr<Model> model;
  TrainingOptions options;

  Unet() {
    Plan(resolve(read_recipe("fashion-unet"))).for_each([&](const PlannedCell& cell) {
      model = maker<Model>("unet")(*data, 1, cell.settings.parameters("model", "unet"));
      options = training_options(cell.settings.training());
    });
  }
};

Work make_forward(const Shape& shape, Dtype) {
  const auto unet = std::make_shared<Unet>();
  const std::int64_t n = shape[0];
  const auto denoiser = std::make_shared<Denoiser>(unet->model->denoiser(make_path("vp")));
  const Tensor x = initial_noise({n, 28, 28, 1}, DType::f32, 2), labels = Tensor::full({n}, 3, DType::i32);
  return {Bound::compute, 2 * unet->model->multiply_adds() * static_cast<double>(n),
          [=](Context& context) {
            set_threads(context.threads);
            const double t = 0.5;
            denoiser->evaluate({x, std::span(&t, 1), labels});
          },
          static_cast<double>(n)};
}

// A training of one step: its optimiser and average are made anew each time, a hundredth of the step.
Work make_training_step(const Shape& shape, Dtype) {
  const auto unet = std::make_shared<Unet>();
  unet->options.batch = shape[0];
  unet->options.steps = 1;
  return {Bound::compute, 6 * unet->model->multiply_adds() * static_cast<double>(shape[0]),
          [=](Context& context) {
            set_threads(context.threads);
            train(*unet->model, *unet->data, unet->options, {});
          },
          static_cast<double>(shape[0])};
}

const bool registered =
    add_family({.kernel = "unet_forward", .axes = "batch", .shapes = {{8}, {64}}, .make = make_forward}) &&
    add_family({.kernel = "unet_training_step", .axes = "batch", .shapes = {{64}}, .make = make_training_step});

}  // namespace
}  // namespace ito::bench
