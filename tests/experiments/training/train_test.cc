// Training: the same bits for any number of threads and any interruption; nothing half-written; clear refusals.
#include "experiments/training/train.h"

#include <cstring>
#include <filesystem>
#include <map>

#include "autograd/arithmetic.h"
#include "autograd/io/atomic_file.h"
#include "autograd/nn/parameters.h"
#include "experiments/training/batch.h"
#include "samplers/exact/mixture.h"
#include "tests/support/damaged.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

std::shared_ptr<const Dataset> data_named(const std::string& name, const std::map<std::string, Value>& given = {}) {
  return maker<Dataset>(name)(Parameters(find_entry("data", name), given));
}

std::unique_ptr<Model> small_mlp(const Dataset& data, const std::map<std::string, Value>& more = {}) {
  std::map<std::string, Value> given = {{"hidden", std::vector<double>{16, 16}}, {"time_features", std::int64_t{8}}};
  for (const auto& [key, value] : more) given[key] = value;
  return maker<Model>("mlp")(data, 1, Parameters(find_entry("model", "mlp"), given));
}

TrainingOptions short_training(std::int64_t steps) {
  TrainingOptions options;
  options.steps = steps;
  options.batch = 100;
  options.shard = 32;
  options.warmup = 5;
  return options;
}

// Sets the threads of this thread's context while it lives.
class Threads {
 public:
  explicit Threads(int n) : before_(default_context().threads) { set_threads(n); }
  ~Threads() { set_threads(before_); }

 private:
  int before_;
};

TEST(Training, ThreadsChangeNoBit) {
  const auto data = data_named("moons");
  std::string expected;
  std::vector<double> losses;
  for (const int threads : {1, 2, 5, 7}) {
    const Threads set(threads);
    const auto model = small_mlp(*data);
    const TrainingResult result = train(*model, *data, short_training(12), {});
    EXPECT_TRUE(result.finished);
    if (expected.empty()) {
      expected = weights_hash(*model);
      losses = result.losses;
    }
    EXPECT_EQ(weights_hash(*model), expected) << threads << " threads";
    EXPECT_EQ(result.losses, losses) << threads << " threads";
  }
}

TEST(Training, AnInterruptedTrainingEndsInTheSameBits) {
  const auto data = data_named("moons");
  const TemporaryFolder folder;
  const TrainingOptions options = short_training(60);
  const auto whole = small_mlp(*data);
  const TrainingResult expected = train(*whole, *data, options, {});
  ASSERT_EQ(expected.losses.size(), 60u);

  TrainingControl control;
  control.checkpoint = folder / "training.safetensors";
  control.checkpoint_every = 0;
  std::int64_t seen = 0;
  control.progress = [&](const TrainingProgress& p) { seen = p.step; };
  control.stop = [&, calls = 0]() mutable { return ++calls == 30; };
  const auto first = small_mlp(*data);
  const TrainingResult stopped = train(*first, *data, options, control);
  EXPECT_FALSE(stopped.finished);
  EXPECT_EQ(stopped.step, 30);
  EXPECT_EQ(seen, 30);
  ASSERT_TRUE(std::filesystem::exists(control.checkpoint));

  control.stop = {};
  const auto second = small_mlp(*data);
  const TrainingResult resumed = train(*second, *data, options, control);
  EXPECT_TRUE(resumed.finished);
  EXPECT_EQ(resumed.losses, expected.losses);
  EXPECT_EQ(weights_hash(*second), weights_hash(*whole));

  // Continued once more: nothing is left to do, and the weights are the same.
  const auto third = small_mlp(*data);
  const TrainingResult again = train(*third, *data, options, control);
  EXPECT_TRUE(again.finished);
  EXPECT_EQ(weights_hash(*third), weights_hash(*whole));
}

TEST(Training, ACheckpointOfAnotherTrainingOrADamagedOneIsRefused) {
  const auto data = data_named("moons");
  const TemporaryFolder folder;
  TrainingControl control;
  control.checkpoint = folder / "training.safetensors";
  TrainingOptions options = short_training(3);
  train(*small_mlp(*data), *data, options, control);
  options.learning_rate *= 2;
  EXPECT_THROW(train(*small_mlp(*data), *data, options, control), InputError);
  options.learning_rate /= 2;
  EXPECT_THROW(train(*small_mlp(*data, {{"prediction", std::string("v")}}), *data, options, control), InputError);

  const Bytes file = read_file(control.checkpoint);
  Bytes flipped = file;
  flipped[flipped.size() - 5] ^= std::byte{4};
  for (const Bytes& damaged : {flipped, Bytes(file.begin(), file.end() - 1), Bytes(file.begin(), file.begin() + 20)}) {
    write_file_atomically(control.checkpoint, damaged);
    try {
      train(*small_mlp(*data), *data, options, control);
      ADD_FAILURE() << "a damaged checkpoint was taken";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(control.checkpoint.string()), std::string::npos) << error.what();
    }
  }
  write_file_atomically(control.checkpoint, file);
  EXPECT_TRUE(train(*small_mlp(*data), *data, options, control).finished);
}

TEST(Training, DivergenceNamesTheStepAndWritesNothing) {
  const auto data = data_named("moons");
  const TemporaryFolder folder;
  TrainingControl control;
  control.checkpoint = folder / "training.safetensors";
  TrainingOptions options = short_training(50);
  options.learning_rate = 1e3;
  options.weight_decay = 1e3;
  options.warmup = 0;
  options.clip_norm = 0;
  try {
    train(*small_mlp(*data), *data, options, control);
    FAIL() << "no divergence";
  } catch (const DivergedError& error) {
    EXPECT_NE(std::string(error.what()).find("step"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("is not finite"), std::string::npos);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Training, TheLossFalls) {
  const auto data = data_named("eight_gaussians");
  TrainingOptions options = short_training(150);
  options.batch = 256;
  for (const char* prediction : {"eps", "sample", "v", "velocity"}) {
    options.path = std::string(prediction) == "velocity" ? "flow" : "vp";
    const auto model = small_mlp(*data, {{"prediction", std::string(prediction)}});
    const TrainingResult result = train(*model, *data, options, {});
    const auto mean = [&](std::size_t begin) {
      double sum = 0;
      for (std::size_t i = begin; i < begin + 10; ++i) sum += result.losses[i] / 10;
      return sum;
    };
    EXPECT_LT(mean(140), 0.8 * mean(0)) << prediction;
  }
}

TEST(Training, AnExactModelCannotBeTrained) {
  const auto data = data_named("spiral");
  const auto model = maker<Model>("exact")(*data, 1, Parameters(find_entry("model", "exact"), {}));
  EXPECT_THROW(train(*model, *data, short_training(1), {}), InputError);
}

// x_t and the target against alpha, sigma and the noise, recovered from two predictions of the same examples.
TEST(TrainingBatches, TargetsAreTheirDefinitions) {
  const auto data = data_named("moons");
  const PathPtr path = make_path("vp");
  const TrainingOptions options = short_training(10);
  const auto shard = [&](Prediction prediction) {
    TrainingBatches batches(*data, path, prediction, options);
    batches.begin(3);
    return batches.shard(7, 20);
  };
  const TrainingShard eps = shard(Prediction::eps), x0 = shard(Prediction::sample), v = shard(Prediction::v),
                      u = shard(Prediction::velocity);
  for (std::size_t i = 0; i < 20; ++i) {
    const Time t(eps.times[i]);
    EXPECT_GE(t.value, options.t_min);
    EXPECT_LE(t.value, 1);
    const double alpha = path->alpha(t), sigma = path->sigma(t);
    for (std::size_t d = 2 * i; d < 2 * i + 2; ++d) {
      const double e = eps.target.span<float>()[d], x = x0.target.span<float>()[d];
      EXPECT_NEAR(eps.x.span<float>()[d], alpha * x + sigma * e, 1e-6);
      EXPECT_NEAR(v.target.span<float>()[d], alpha * e - sigma * x, 1e-6);
      EXPECT_NEAR(u.target.span<float>()[d], path->d_alpha(t) * x + path->d_sigma(t) * e,
                  1e-5 * (1 + std::abs(path->d_sigma(t))));
    }
  }
}

// Where lambda is infinite no time is uniform in it: all would be the clean end.
TEST(TrainingBatches, RefuseALambdaThatHasNoEnd) {
  const auto data = data_named("moons");
  TrainingOptions options = short_training(10);
  options.t_min = 0;
  EXPECT_THROW(TrainingBatches(*data, make_path("vp"), Prediction::eps, options), InputError);
  EXPECT_NO_THROW(TrainingBatches(*data, make_path("edm"), Prediction::eps, options));
  options.times.law = TimeLaw::uniform;
  EXPECT_NO_THROW(TrainingBatches(*data, make_path("vp"), Prediction::eps, options));
}

TEST(TrainingBatches, AnExampleDoesNotDependOnItsShard) {
  const auto data = data_named("moons");
  TrainingOptions options = short_training(10);
  options.condition_dropout = 0.5;
  TrainingBatches batches(*data, make_path("flow"), Prediction::velocity, options);
  batches.begin(2);
  const TrainingShard all = batches.shard(0, 100), part = batches.shard(40, 10);
  int dropped = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(part.times[i], all.times[40 + i]);
    EXPECT_EQ(part.x.span<float>()[2 * i], all.x.span<float>()[80 + 2 * i]);
    EXPECT_EQ(part.target.span<float>()[2 * i], all.target.span<float>()[80 + 2 * i]);
    EXPECT_EQ(part.condition.span<std::int32_t>()[i], all.condition.span<std::int32_t>()[40 + i]);
  }
  for (const std::int32_t label : all.condition.span<std::int32_t>()) dropped += label == kUnconditional;
  EXPECT_GT(dropped, 25);  // 50 +- 5
  EXPECT_LT(dropped, 75);
  batches.begin(3);
  EXPECT_NE(batches.shard(0, 1).times[0], all.times[0]);
}

// The clock that a network is told and the path's time are each other's inverse.
TEST(TrainingBatches, TheNetworksClockIsInvertedOnEveryPath) {
  for (const Entry* entry : entries_of("path")) {
    const std::string& name = entry->name;
    const PathPtr path = make_path(name);
    for (const double u : {0.1, 0.5, 1.0})
      EXPECT_NEAR(network_time(*path, time_of_network(*path, u)), u, 1e-12) << name;
  }
}

// Training batches on any path: the network's input has unit variance on unit data, and input and target determine the
// x_0 that was drawn, which is the same for every path and prediction.
TEST(TrainingBatches, FitEveryPathAndPrediction) {
  const auto data = data_named("moons");
  const auto shard_of = [&](const PathPtr& path, Prediction prediction) {
    TrainingBatches batches(*data, path, prediction, short_training(1));
    batches.begin(0);
    return batches.shard(0, 64);
  };
  const Tensor x0 = shard_of(make_path("vp"), Prediction::sample).target;
  for (const Entry* entry : entries_of("path"))
    for (const Prediction prediction : {Prediction::eps, Prediction::sample, Prediction::v, Prediction::velocity}) {
      const PathPtr path = make_path(entry->name);
      const TrainingShard shard = shard_of(path, prediction);
      for (std::size_t i = 0; i < 64; ++i) {
        const Time t = time_of_network(*path, shard.times[i]);
        const double alpha = path->alpha(t), sigma = path->sigma(t), scale = input_scale(*path, t);
        EXPECT_NEAR(scale * scale * (alpha * alpha + sigma * sigma), 1.0, 1e-11) << entry->name;
        EXPECT_NEAR(shard.lambda[i], path->lambda(t).value, 1e-12) << entry->name;
        const Conversion c = conversion(*path, t, prediction, Prediction::sample);
        for (std::size_t k = 2 * i; k < 2 * i + 2; ++k) {
          const double of_x = c.x * static_cast<double>(shard.x.span<float>()[k]) / scale;
          const double of_target = c.prediction * static_cast<double>(shard.target.span<float>()[k]);
          // Input and target are floats.
          EXPECT_NEAR(of_x + of_target, static_cast<double>(x0.span<float>()[k]),
                      2e-7 * (1 + std::abs(of_x) + std::abs(of_target)))
              << entry->name << " " << prediction_name(prediction) << " t " << t.value;
        }
      }
    }
}

// One set of weights, every path. On grids of the same lambdas DDIM and DPM-Solver++ 2M take the same steps in x/alpha
// whatever the path, so the samples agree up to rounding; outside the trained path's range of lambda a walk is refused,
// or clamped.
TEST(Training, ANetworkTrainedOnVpIsSampledOnEveryPath) {
  const auto data = data_named("spiral");
  const std::shared_ptr<Model> model = small_mlp(*data);
  TrainingOptions options = short_training(60);
  options.path = "vp";
  train(*model, *data, options, {});
  const Denoiser trained = model->denoiser(make_path("vp"));
  const auto walked = [&](const Denoiser& denoiser, const PathPtr& path, const Grid& grid, const char* solver) {
    const SampleRequest request{.seed = 3, .count = 20, .shape = {2}};
    return sample(denoiser, path, grid, *make_solver(solver), request).samples;
  };
  const GivenParameters levels = {{"sigma_max", 14.6}, {"sigma_min", 0.02}};
  for (const char* solver : {"ddim", "dpm_solver_pp_2m"}) {
    const PathPtr vp = make_path("vp");
    const Tensor expected = walked(trained, vp, make_grid("lambda", *vp, 10, levels), solver);
    for (const Entry* entry : entries_of("path")) {
      const PathPtr path = make_path(entry->name);
      const Tensor x = walked(adapt(trained, path), path, make_grid("lambda", *path, 10, levels), solver);
      for (std::size_t i = 0; i < 40; ++i)
        EXPECT_NEAR(x.span<float>()[i], expected.span<float>()[i], 2e-4) << solver << " on " << entry->name;
    }
  }
  int beyond = 0;
  for (const Entry* entry : entries_of("path")) {
    const PathPtr path = make_path(entry->name);
    const Grid whole = make_grid("uniform", *path, 6);
    const bool outside = path->lambda(whole.front()).value < make_path("vp")->lambda(Time(1.0)).value;
    beyond += outside;
    if (outside) {
      EXPECT_THROW(walked(adapt(trained, path), path, whole, "ddim"), InputError) << entry->name;
    } else {
      EXPECT_TRUE(all_finite(walked(adapt(trained, path), path, whole, "ddim"))) << entry->name;
    }
    EXPECT_TRUE(all_finite(walked(adapt(trained, path, true), path, whole, "ddim"))) << entry->name;
  }
  EXPECT_GE(beyond, 6);  // ddpm_linear by a little; cosine, flow, laplace, sigmoid and trig by much
}

TEST(Weights, ComeBackAsTheyWere) {
  const auto data = data_named("moons");
  const TemporaryFolder folder;
  const auto path = folder / "w.safetensors";
  const auto model = small_mlp(*data), other = small_mlp(*data);
  train(*model, *data, short_training(3), {});
  EXPECT_NE(weights_hash(*model), weights_hash(*other));
  save_weights(path, *model, {{"data", "moons"}});
  EXPECT_EQ(load_weights(path, *other).at("data"), "moons");
  EXPECT_EQ(weights_hash(*model), weights_hash(*other));

  const auto wider = small_mlp(*data, {{"hidden", std::vector<double>{16, 17}}});
  const std::string before = weights_hash(*wider);
  EXPECT_THROW(load_weights(path, *wider), InputError);
  EXPECT_THROW(load_weights(path, *small_mlp(*data, {{"hidden", std::vector<double>{16}}})), InputError);
  EXPECT_THROW(load_weights(path, *small_mlp(*data, {{"time_conditioned", false}})), InputError);
  EXPECT_EQ(weights_hash(*wider), before);  // nothing of a refused file is taken

  Bytes file = read_file(path);
  file[file.size() - 1] ^= std::byte{1};
  write_file_atomically(path, file);
  EXPECT_THROW(load_weights(path, *other), InputError);
}

TEST(TrainingKey, NamesWhatDecidesTheWeights) {
  const auto data = data_named("moons"), noisier = data_named("moons", {{"noise", 0.1}});
  const auto model = small_mlp(*data);
  TrainingOptions options = short_training(3);
  const std::string key = training_key(*model, *data, options);
  EXPECT_EQ(key, training_key(*small_mlp(*data), *data, options));
  EXPECT_NE(key, training_key(*model, *noisier, options));
  EXPECT_NE(key, training_key(*small_mlp(*data, {{"prediction", std::string("v")}}), *data, options));
  // Every parameter of [training] but what only says how a checkpoint is kept.
  for (const Parameter& parameter : training_parameters()) {
    GivenParameters given;
    if (const auto* whole = std::get_if<std::int64_t>(&parameter.default_value)) given[parameter.name] = *whole + 2;
    if (const auto* real = std::get_if<double>(&parameter.default_value)) given[parameter.name] = 0.5 * *real + 0.3;
    if (const auto* flag = std::get_if<bool>(&parameter.default_value)) given[parameter.name] = !*flag;
    if (std::holds_alternative<std::string>(parameter.default_value))
      given[parameter.name] = parameter.choices.empty() ? std::string("cosine") : parameter.choices.back();
    ASSERT_EQ(given.size(), 1u) << parameter.name;
    if (parameter.name == "schedule") given[parameter.name] = std::string("constant");
    const TrainingOptions changed = training_options(Parameters(training_entry(), given));
    EXPECT_NE(training_key(*model, *data, changed), training_key(*model, *data, TrainingOptions())) << parameter.name;
  }
}

}  // namespace
}  // namespace ito::experiments
