#include "experiments/training/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "autograd/arithmetic.h"
#include "autograd/io/sha256.h"
#include "autograd/nn/parameters.h"
#include "autograd/optim/adamw.h"
#include "autograd/optim/clip.h"
#include "autograd/optim/ema.h"
#include "experiments/models/core_numerics.h"
#include "experiments/training/batch.h"
#include "experiments/training/checkpoint.h"
#include "experiments/training/step_gradient.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;  // raised when a change alters the weights' bits
LearningRate rate_of(const TrainingOptions& options) {
  LearningRate rate;
  rate.base = options.learning_rate;
  rate.warmup = std::min(options.warmup, options.steps / 2);
  rate.total = options.steps;
  rate.decay = options.schedule;
  return rate;
}

// What changes from step to step, and what a checkpoint holds of it.
struct State {
  State(Model& model, const TrainingOptions& options)
      : parameters(parameters_of(model)), optimizer(parameters, {.weight_decay = options.weight_decay}) {
    if (options.ema > 0) average.emplace(parameters, options.ema);
  }

  std::int64_t step() const { return static_cast<std::int64_t>(losses.size()); }

  Checkpoint checkpoint(const std::string& key) {
    Checkpoint c{key, {}, losses};
    for (const auto& [name, x] : parameters) c.tensors.push_back({"weights." + name, x});
    if (average)
      for (const auto& [name, x] : average->values()) c.tensors.push_back({"average." + name, x});
    optimizer.state([&](const std::string& name, Tensor& x) { c.tensors.push_back({"adamw." + name, x}); });
    return c;
  }
  void restore(const std::filesystem::path& path, const std::string& key) {
    Checkpoint c = checkpoint(key);
    load_checkpoint(path, c);
    losses = std::move(c.losses);
    optimizer.set_steps(step());
    if (average) average->set_updates(step());
  }

  std::vector<NamedTensor> parameters;
  AdamW optimizer;
  std::optional<Ema> average;
  std::vector<double> losses;  // one a finished step
};

[[noreturn]] void diverged(std::int64_t step, const std::vector<NamedTensor>& parameters,
                           const std::vector<Tensor>& gradients) {
  std::string what = "the loss";
  for (std::size_t i = parameters.size(); i-- > 0;)
    if (!all_finite(gradients[i])) what = fmt::format("the gradient of {}", parameters[i].name);
  for (std::size_t i = parameters.size(); i-- > 0;)
    if (!all_finite(parameters[i].value)) what = parameters[i].name;
  throw DivergedError(fmt::format(
      "training diverged at step {}: {} is not finite; a lower training.learning_rate may help", step + 1, what));
}

void take_step(State& state, const Model& model, const TrainingBatches& batches, const TrainingOptions& options,
               std::int64_t shard, double rate) {
  StepGradient step = step_gradient(model, batches, options, state.step(), shard);
  const double norm =
      options.clip_norm > 0 ? clip_by_global_norm(step.gradients, options.clip_norm) : global_norm(step.gradients);
  if (!std::isfinite(step.loss) || !std::isfinite(norm)) diverged(state.step(), state.parameters, step.gradients);
  state.optimizer.step(step.gradients, rate);
  if (state.average) state.average->update();
  state.losses.push_back(step.loss);
}

}  // namespace

std::string training_key(Model& model, const Dataset& data, const TrainingOptions& options) {
  Sha256 hash;
  hash.text("training").integer(kCoreNumerics).integer(kNumerics).text(data.hash).text(model.signature());
  hash.text(make_path(options.path)->signature()).integer(find_entry("path", options.path).numerics);
  hash.integer(options.steps).integer(options.batch).integer(shard_size(data, options));
  hash.integer(static_cast<std::int64_t>(options.seed)).number(options.learning_rate).integer(options.warmup);
  hash.integer(static_cast<std::int64_t>(options.schedule)).number(options.weight_decay).number(options.clip_norm);
  hash.number(options.ema).number(options.condition_dropout).number(options.t_min);
  const LossWeightOptions& w = options.loss_weight;
  hash.integer(static_cast<std::int64_t>(w.rule)).number(w.min_snr_gamma).number(w.p2_k).number(w.p2_gamma);
  hash.number(w.sigma_data).number(w.sigmoid_bias);
  const TimeLawOptions& t = options.times;
  hash.integer(static_cast<std::int64_t>(t.law)).integer(t.stratified ? 1 : 0).integer(t.timesteps);
  hash.number(t.log_normal_mean).number(t.log_normal_std).number(t.logit_normal_mean).number(t.logit_normal_std);
  model.parameters([&](const std::string& name, Tensor& x) { hash.text(name).text(x.shape().text()); });
  return hash.hex();
}

TrainingResult train(Model& model, const Dataset& data, const TrainingOptions& options,
                     const TrainingControl& control) {
  if (!model.trainable()) throw InputError("model.kind: this model is a formula; there is nothing to train");
  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  const LearningRate rate = rate_of(options);
  if (options.steps > 0) rate.check();
  const std::int64_t shard = shard_size(data, options);
  TrainingBatches batches(data, make_path(options.path), model.prediction(), options, model.objective());
  State state(model, options);
  const std::string key = training_key(model, data, options);
  const bool keeps = !control.checkpoint.empty();
  if (keeps && std::filesystem::exists(control.checkpoint)) state.restore(control.checkpoint, key);

  bool stopped = false;
  while (state.step() < options.steps && !stopped) {
    batches.begin(state.step());
    take_step(state, model, batches, options, shard, rate.at(state.step()));
    stopped = control.stop && control.stop();
    const bool due = control.checkpoint_every > 0 && state.step() % control.checkpoint_every == 0;
    if (keeps && (stopped || due || state.step() == options.steps))
      save_checkpoint(control.checkpoint, state.checkpoint(key));
    if (control.progress)
      control.progress({state.step(), options.steps, state.losses.back(), rate.at(state.step() - 1), seconds()});
  }
  const bool finished = state.step() == options.steps;
  const std::int64_t steps = state.step();
  if (finished && state.average)
    for (std::size_t i = 0; i < state.parameters.size(); ++i)
      copy_values(state.average->values()[i].value, state.parameters[i].value);
  return {finished, steps, std::move(state.losses), seconds()};
}

}  // namespace ito::experiments
