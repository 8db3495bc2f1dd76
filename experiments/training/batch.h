// The examples of a training step, shard by shard: data, times, noise, labels and what the network should say.
//
// Example i of step s is counted by (seed, s, i): the data's example number s * batch + i of the seed (analytic sets),
// or of the shuffles of the training set, one an epoch; its time from Stream::training_time, its noise from
// Stream::training_noise, whether its label is dropped from Stream::condition_dropout.
#pragma once

#include <cstdint>
#include <vector>

#include "experiments/data/dataset.h"
#include "experiments/models/model.h"
#include "experiments/training/options.h"
#include "samplers/path.h"
#include "samplers/prediction.h"

namespace ito::experiments {

// The time on the path's clock at which a network is told u in [0, 1]: the inverse of network_time.
Time time_of_network(const Path& path, double u);

struct TrainingShard {
  Tensor x;                     // x_t, scaled by input_scale; a classifier's: x_0
  std::vector<double> times;    // network's clock
  std::vector<double> lambda;   // log(alpha / sigma) there
  Tensor condition;             // int32, kUnconditional where dropped; undefined without labels
  Tensor target;                // of the network's prediction; a classifier's: undefined, its labels are the condition
  std::vector<double> weights;  // of the loss
};

class TrainingBatches {
 public:
  TrainingBatches(const Dataset& data, PathPtr path, Prediction prediction, const TrainingOptions& options,
                  Objective objective = Objective::denoise);

  // Chooses the rows of a step; before its shards.
  void begin(std::int64_t step);
  // Examples [first, first + count) of the batch; from any thread.
  TrainingShard shard(std::int64_t first, std::int64_t count) const;

 private:
  Examples examples(std::int64_t first, std::int64_t count) const;

  const Dataset& data_;
  PathPtr path_;
  Objective objective_;
  Prediction prediction_;
  TrainingOptions options_;
  double lowest_, highest_;  // network's clock
  std::int64_t step_ = 0;
  std::vector<std::int64_t> rows_;  // of the training set, one an example of the step
  std::int64_t epoch_ = -1;
  std::vector<std::int32_t> order_;  // of that epoch
};

}  // namespace ito::experiments
