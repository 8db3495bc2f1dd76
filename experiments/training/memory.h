// How much memory a training will need, said before it begins, and the limit above which it does not begin.
#pragma once

#include <cstdint>

#include "experiments/data/dataset.h"
#include "experiments/models/model.h"
#include "experiments/training/options.h"

namespace ito::experiments {

struct TrainingMemory {
  std::int64_t state = 0;      // weights, their average, the optimiser's moments, a checkpoint being written
  std::int64_t gradients = 0;  // partial sums of the tree, on all threads
  std::int64_t shards = 0;     // what a shard's forward and backward pass hold, on all threads
  std::int64_t data = 0;       // the arrays of a finite data set
  bool measured = true;        // false: from one and two examples, because a whole shard would not fit the limit
  std::int64_t limit = 0;      // above which the training does not begin
  std::int64_t total() const { return state + gradients + shards + data; }
};

// Bytes at the peak, on this thread's context's number of threads. One shard is computed and what it needed is counted
// (StorageNeed); beforehand one example and two, so that a shard that cannot fit the limit is not tried. The limit is
// what --memory set, else what the machine has available and what the training already holds of it, its weights and
// data.
TrainingMemory predict_training_memory(const Model& model, const Dataset& data, const TrainingOptions& options);

// Bytes; 0 takes the limit away.
void set_memory_limit(std::int64_t bytes);

// Says on standard error what a training is predicted to need. Above the limit: InputError where --memory set it,
// EnvironmentError where the machine does.
void announce_training_memory(const TrainingMemory& memory, const char* what);

}  // namespace ito::experiments
