#include "experiments/run/objects.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "autograd/arithmetic.h"
#include "autograd/io/atomic_file.h"
#include "experiments/report/progress.h"
#include "experiments/report/text.h"
#include "experiments/run/interrupt.h"
#include "experiments/training/checkpoint.h"
#include "experiments/training/memory.h"
#include "experiments/training/shipped_weights.h"
#include "experiments/training/train.h"

namespace ito::experiments {
namespace {

constexpr std::size_t kMostReferences = 16;
constexpr const char *kWeights = ".safetensors", *kCheckpoint = ".checkpoint", *kDiverged = ".diverged";
constexpr std::int64_t kCheckpointEvery = 250;  // steps: seconds of work at most are lost to a kill

// Text that two settings share exactly when the entries named in `kind`'s table are the same with the same parameters.
std::string entry_text(const CellSettings& settings, std::string_view kind, const std::string& name) {
  std::string text = std::string(kind) + "\n" + name + "\n";
  const Parameters parameters = settings.parameters(kind, name);
  for (const auto& [key, value] : parameters.all()) text += key + "=" + value_text(value) + "\n";
  return text;
}

std::string data_text(const CellSettings& settings) { return entry_text(settings, "data", settings.text("data.name")); }

std::string training_text(const CellSettings& settings) {
  std::string text;
  const Parameters training = settings.training();
  for (const auto& [key, value] : training.all()) text += key + "=" + value_text(value) + "\n";
  return text;
}

Tensor labels_of(std::vector<std::int32_t> labels) {
  const auto n = static_cast<std::int64_t>(labels.size());
  return Tensor::from(labels, Shape{n});
}

// Whether two draws of `count` examples share none: a finite set may not have so many.
bool draws_apart(const Dataset& data, const std::string& condition, std::int64_t count) {
  if (!data.finite()) return true;
  const Examples& source = data.drawn_from();
  const auto suffices = [&](std::int64_t of_each, std::int32_t label) {
    const auto labels = source.labels.span<std::int32_t>();
    return 2 * of_each <= std::count(labels.begin(), labels.end(), label);
  };
  if (condition == "none" || condition == "data" || data.classes == 0) return 2 * count <= source.x.dim(0);
  if (condition != "balanced") return suffices(count, std::atoi(condition.c_str()));
  bool all = true;
  for (std::int32_t c = 0; c < data.classes; ++c) all = all && suffices((count + data.classes - 1) / data.classes, c);
  return all;
}

// Examples first .. of each class in turn: the i-th is of class i mod classes.
Examples balanced(const Dataset& data, std::uint64_t seed, std::int64_t half, std::int64_t count) {
  const auto classes = static_cast<std::int64_t>(data.classes);
  const std::int64_t each = (count + classes - 1) / classes;
  std::vector<Tensor> parts;
  for (int c = 0; c < data.classes; ++c) parts.push_back(data.draw(seed, half * each, each, c).x);
  const Tensor all = concatenate_first(parts);
  std::vector<std::int64_t> order;
  std::vector<std::int32_t> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    order.push_back((i % classes) * each + i / classes);
    labels.push_back(static_cast<std::int32_t>(i % classes));
  }
  return {gather_first(all, order), labels_of(std::move(labels))};
}

}  // namespace

Objects::Objects(std::filesystem::path folder, MissingWeights missing)
    : folder_(std::move(folder)), missing_(missing) {}

const Dataset& Objects::data(const CellSettings& settings) {
  const std::string text = data_text(settings);
  auto it = data_.find(text);
  if (it == data_.end()) {
    const std::string& name = settings.text("data.name");
    it = data_.emplace(text, maker<Dataset>(name)(settings.parameters("data", name))).first;
  }
  return *it->second;
}

void Objects::check_metrics(const CellSettings& settings) {
  const Dataset& set = data(settings);
  for (const std::string& name : settings.texts("metrics.names")) {
    const Metric& wanted = metric(settings, name);
    const std::string lacking = wanted.lacks ? wanted.lacks(set) : "";
    if (!lacking.empty())
      throw InputError("metrics.names: " + name + " is not to be had: data '" + set.name + "' have no " + lacking);
    if (wanted.depends_on) wanted.depends_on(set);
    if (wanted.by_class && settings.text("sampling.condition") == "none")
      throw InputError("metrics.names: " + name + " is about classes; sampling.condition = \"none\" asks for none");
  }
}

std::string Objects::metrics_hash(const CellSettings& settings) {
  std::string hashes;
  for (const std::string& name : settings.texts("metrics.names"))
    if (const Metric& wanted = metric(settings, name); wanted.depends_on)
      hashes += name + " " + wanted.depends_on(data(settings)) + "\n";
  if (!draws_apart(data(settings), settings.text("sampling.condition"), settings.integer("metrics.count")))
    hashes += "no floor\n";
  return hashes;
}

const Metric& Objects::metric(const CellSettings& settings, const std::string& name) {
  const std::string text = entry_text(settings, "metric", name);
  auto it = metrics_.find(text);
  if (it == metrics_.end()) it = metrics_.emplace(text, maker<Metric>(name)(settings.parameters("metric", name))).first;
  return it->second;
}

std::unique_ptr<Model> Objects::make_model(const CellSettings& settings) {
  const std::string& kind = settings.text("model.kind");
  const auto seed = static_cast<std::uint64_t>(settings.integer("training.seed"));
  return maker<Model>(kind)(data(settings), seed, settings.parameters("model", kind));
}

std::filesystem::path Objects::file_of(const std::string& training_key, const char* what) const {
  return folder_ / "weights" / (training_key + what);
}

std::filesystem::path Objects::weights_file(const CellSettings& settings) {
  if (const std::string& named = settings.text("model.weights"); !named.empty()) return find_weights(named);
  const std::unique_ptr<Model> model = make_model(settings);
  return file_of(training_key(*model, data(settings), training_options(settings.training())), kWeights);
}

std::int64_t Objects::training_steps_left(const CellSettings& settings) {
  if (!needs_training(settings)) return 0;
  const std::unique_ptr<Model> model = make_model(settings);
  const TrainingOptions options = training_options(settings.training());
  const std::string key = training_key(*model, data(settings), options);
  const std::filesystem::path checkpoint = file_of(key, kCheckpoint);
  return options.steps - (std::filesystem::exists(checkpoint) ? checkpoint_steps(checkpoint, key) : 0);
}

bool Objects::needs_training(const CellSettings& settings) {
  const std::unique_ptr<Model> model = make_model(settings);
  if (!model->trainable() || !settings.text("model.weights").empty()) return false;
  const std::string key = training_key(*model, data(settings), training_options(settings.training()));
  return !std::filesystem::exists(file_of(key, kWeights)) && !std::filesystem::exists(file_of(key, kDiverged));
}

std::string Objects::train_to(const std::filesystem::path& file, const std::string& key, Model& model,
                              const CellSettings& settings) {
  const TrainingOptions options = training_options(settings.training());
  const std::filesystem::path checkpoint = file_of(key, kCheckpoint);
  const std::string what = "training " + settings.text("model.kind") + " on " + settings.text("data.name");
  announce_training_memory(predict_training_memory(model, data(settings), options), what.c_str());
  Progress progress(what, options.steps, "steps");
  TrainingControl control;
  control.checkpoint = checkpoint;
  control.checkpoint_every = kCheckpointEvery;
  control.stop = [] { return interrupt_signal() != 0; };
  control.progress = [&](const TrainingProgress& at) { progress.update(at.step, "loss " + with_digits(at.loss, 3)); };
  std::string diverged;
  try {
    const TrainingResult result = train(model, data(settings), options, control);
    if (!result.finished) throw Interrupted{interrupt_signal()};
    save_weights(file, model,
                 {{"training_key", key},
                  {"data", settings.text("data.name")},
                  {"model", model.signature()},
                  {"sample_shape", data(settings).sample_shape.text()},
                  {"path", make_path(options.path)->signature()}});
  } catch (const DivergedError& error) {
    diverged = error.what();
  }
  std::error_code ignored;
  std::filesystem::remove(checkpoint, ignored);
  progress.finish();
  return diverged;
}

// Weights that the recipe names. They say on what they were trained, as far as they are ours.
void Objects::load_named(TrainedModel& trained, const CellSettings& settings) {
  const std::filesystem::path file = find_weights(settings.text("model.weights"));
  const auto metadata = load_weights(file, *trained.model);
  const auto hold = [&](const char* what, const std::string& expected, const char* advice) {
    const auto found = metadata.find(what);
    if (found == metadata.end() || found->second == expected) return;
    throw InputError(file.string() + ": trained with " + what + " " + found->second + ", not " + expected + advice);
  };
  hold("model", trained.model->signature(), ": give the model the parameters that the weights were trained with");
  hold("path", make_path(settings.text("training.path"))->signature(),
       ": training.path says what they were trained on");
  hold("sample_shape", data(settings).sample_shape.text(), ", which an example of the data has");
  trained.weights = weights_hash(*trained.model);
}

void Objects::train_or_load(TrainedModel& trained, const CellSettings& settings) {
  Model& model = *trained.model;
  const std::string key = training_key(model, data(settings), training_options(settings.training()));
  const std::filesystem::path weights = file_of(key, kWeights), verdict = file_of(key, kDiverged);
  if (std::filesystem::exists(weights)) {
    const auto metadata = load_weights(weights, model);
    if (const auto of = metadata.find("training_key"); of != metadata.end() && of->second != key)
      throw InputError(weights.string() + ": the weights of another training under this one's name; remove the file");
  } else if (std::filesystem::exists(verdict)) {
    trained.diverged = read_text_file(verdict);
  } else if (missing_ == MissingWeights::train) {
    trained.diverged = train_to(weights, key, model, settings);
    if (!trained.diverged.empty()) write_file_atomically(verdict, std::string_view(trained.diverged));
  }
  trained.weights = trained.diverged.empty() ? weights_hash(model) : "diverged " + key;
}

const TrainedModel& Objects::model(const CellSettings& settings) {
  const TrainedModel& found = trained(settings);
  if (!found.diverged.empty()) throw DivergedError(found.diverged);
  return found;
}

const std::string& Objects::weights(const CellSettings& settings) { return trained(settings).weights; }

const TrainedModel& Objects::trained(const CellSettings& settings) {
  const std::string kind = settings.text("model.kind");
  std::string text = data_text(settings) + entry_text(settings, "model", kind);
  // Only a network depends on the training table.
  auto it = models_.find(text);
  if (it == models_.end()) it = models_.find(text + training_text(settings) + settings.text("model.weights"));
  if (it != models_.end()) return it->second;
  TrainedModel made{.model = make_model(settings), .weights = "", .diverged = ""};
  const std::string& weights = settings.text("model.weights");
  if (made.model->trainable()) {
    text += training_text(settings) + weights;
    weights.empty() ? train_or_load(made, settings) : load_named(made, settings);
  } else if (!weights.empty()) {
    throw InputError("model.weights = \"" + weights + "\": a model of kind " + kind + " is a formula and has none");
  }
  return models_.emplace(std::move(text), std::move(made)).first->second;
}

Denoiser Objects::network(const CellSettings& settings, const PathPtr& path) {
  const Model& model = *this->model(settings).model;
  if (!model.trainable()) return model.denoiser(path);
  const PathPtr own = make_path(settings.text("training.path"));
  return adapt(model.denoiser(own), path, settings.text("sampling.outside") == "clamp");
}

void Objects::check_asked(const CellSettings& settings, const Path& path, Time t) {
  const Model& model = *this->model(settings).model;
  if (!model.trainable() || settings.text("sampling.outside") == "clamp") return;
  check_known(model.denoiser(make_path(settings.text("training.path"))), path, t);
}

const Denoiser* Objects::exact(const CellSettings& settings, const PathPtr& path) {
  const Dataset& set = data(settings);
  if (set.exact.empty()) return nullptr;
  const std::string text = data_text(settings) + path->signature();
  auto it = exact_.find(text);
  if (it == exact_.end()) it = exact_.emplace(text, set.exact.front().denoiser({.path = path})).first;
  return &it->second;
}

std::shared_ptr<const References> Objects::references(const CellSettings& settings, int classes) {
  const std::string& condition = settings.text("sampling.condition");
  const std::int64_t count = settings.integer("metrics.count");
  const std::string text = data_text(settings) + condition + "\n" + std::to_string(count) + "\n" +
                           std::to_string(settings.integer("seed")) + "\n" + std::to_string(classes);
  if (const auto it = references_.find(text); it != references_.end()) return it->second;

  const Dataset& set = data(settings);
  const auto seed = static_cast<std::uint64_t>(settings.integer("seed"));
  auto made = std::make_shared<References>();
  const auto need_classes = [&] {
    if (classes == 0 || set.classes == 0)
      throw InputError("sampling.condition = \"" + condition + "\": " +
                       (set.classes == 0 ? "data '" + set.name + "' has no labels" : "the model takes no labels") +
                       "; expected \"none\" or \"data\"");
  };
  if (condition == "balanced") {
    need_classes();
    made->reference = balanced(set, seed, 0, count);
    made->second = balanced(set, seed, 1, count);
    made->condition = made->reference.labels;
  } else if (condition == "none" || condition == "data") {
    made->reference = set.draw(seed, 0, count, -1);
    made->second = set.draw(seed, count, count, -1);
    // Labels of a third draw: with those of the reference itself, samples would be nearer to it than fresh data are.
    if (condition == "data" && classes > 0 && set.classes > 0)
      made->condition = set.draw(seed, 2 * count, count, -1).labels;
  } else {
    int label = -1;
    const auto [end, error] = std::from_chars(condition.data(), condition.data() + condition.size(), label);
    if (error != std::errc() || end != condition.data() + condition.size())
      throw InputError("sampling.condition: expected data, none, balanced or a class's number, found \"" + condition +
                       "\"");
    need_classes();
    if (label < 0 || label >= std::min(set.classes, classes))
      throw InputError("sampling.condition: expected a class from 0 to " +
                       std::to_string(std::min(set.classes, classes) - 1) + ", found " + condition);
    made->reference = set.draw(seed, 0, count, label);
    made->second = set.draw(seed, count, count, label);
    made->condition = labels_of(std::vector<std::int32_t>(static_cast<std::size_t>(count), label));
  }
  if (!draws_apart(set, condition, count)) made->second = {};
  if (references_.size() >= kMostReferences) references_.clear();
  references_.emplace(text, made);
  return made;
}

}  // namespace ito::experiments
