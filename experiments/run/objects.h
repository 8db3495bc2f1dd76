// What the cells of a run share: data sets, models with their weights, reference draws. Each is made when first asked
// for.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "experiments/data/dataset.h"
#include "experiments/metrics/metric.h"
#include "experiments/models/model.h"
#include "experiments/run/plan.h"

namespace ito::experiments {

// The work stops here because a signal asked for it; what was begun is written down.
struct Interrupted {
  int signal;
};

struct TrainedModel {
  std::unique_ptr<Model> model;
  std::string weights;   // their hash; empty for an exact model; for a training that diverged, the training's own name
  std::string diverged;  // why there are no weights: step and tensor; empty where there are
};

// Labels asked of the sampler, and fresh examples to compare with, for one seed.
struct References {
  Tensor condition;  // int32 [N], or undefined
  Examples reference;
  Examples second;  // shares no example with `reference`; undefined where a finite set has too few
};

// What is done where a network has no weights yet.
enum class MissingWeights { train, leave_untrained };

class Objects {
 public:
  // Weights are read from and written to folder/weights.
  Objects(std::filesystem::path folder, MissingWeights missing);

  // A metric keeps what cells share (floors, reference solutions), so each is made once.
  const Metric& metric(const CellSettings& settings, const std::string& name);
  // InputError where the cell names a metric that its data or its condition cannot give.
  void check_metrics(const CellSettings& settings);
  // What the cell's metrics depend on beside the samples; empty where nothing.
  std::string metrics_hash(const CellSettings& settings);
  const Dataset& data(const CellSettings& settings);
  // May train, with progress; throws Interrupted after writing the checkpoint, DivergedError where the training ended
  // so. That is remembered beside the weights: a training diverges once.
  const TrainedModel& model(const CellSettings& settings);
  // TrainedModel::weights, which a training that diverged has too. May train, as model() does.
  const std::string& weights(const CellSettings& settings);
  // The model on the cell's path, without guidance; and the data's own formula there (null where it has none).
  Denoiser network(const CellSettings& settings, const PathPtr& path);
  const Denoiser* exact(const CellSettings& settings, const PathPtr& path);
  // InputError where a query of network() at t would be refused: outside the range of its own path.
  void check_asked(const CellSettings& settings, const Path& path, Time t);
  // classes: of the denoiser (0: it takes no labels).
  std::shared_ptr<const References> references(const CellSettings& settings, int classes);
  // Where a network's weights are, or will be.
  std::filesystem::path weights_file(const CellSettings& settings);
  // True when model() would train.
  bool needs_training(const CellSettings& settings);
  // How many steps it would take: from a checkpoint where there is one.
  std::int64_t training_steps_left(const CellSettings& settings);
  // The model as it is before any training.
  std::unique_ptr<Model> make_model(const CellSettings& settings);

 private:
  const TrainedModel& trained(const CellSettings& settings);
  // Beside each other under the training's key: the weights, the checkpoint until they are there, and instead of them
  // why a training diverged.
  std::filesystem::path file_of(const std::string& training_key, const char* what) const;
  // Trains and writes the weights. Empty, or why the training diverged.
  std::string train_to(const std::filesystem::path& file, const std::string& key, Model& model,
                       const CellSettings& settings);
  void load_named(TrainedModel& trained, const CellSettings& settings);
  void train_or_load(TrainedModel& trained, const CellSettings& settings);

  std::filesystem::path folder_;
  MissingWeights missing_;
  std::map<std::string, std::shared_ptr<const Dataset>> data_;
  std::map<std::string, TrainedModel> models_;
  std::map<std::string, Denoiser> exact_;
  std::map<std::string, std::shared_ptr<const References>> references_;
  std::map<std::string, Metric> metrics_;
};

}  // namespace ito::experiments
