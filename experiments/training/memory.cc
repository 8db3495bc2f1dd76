#include "experiments/training/memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

#include "autograd/shards.h"
#include "autograd/storage.h"
#include "experiments/report/terminal.h"
#include "experiments/report/text.h"
#include "experiments/training/step_gradient.h"

namespace ito::experiments {
namespace {

std::atomic<std::int64_t> chosen_limit{0};  // 0: none was set

std::int64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    std::int64_t kilobytes = 0;
    if (name == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::numeric_limits<std::int64_t>::max();
}

std::int64_t bytes_of(const Tensor& x) { return x.defined() ? x.size() * dtype_size(x.dtype()) : 0; }

std::int64_t parameter_bytes(const Model& model) {
  std::int64_t bytes = 0;
  model.share()->parameters([&](const std::string&, Tensor& x) { bytes += bytes_of(x); });
  return bytes;
}

// What one thread needs for the gradient of `count` examples, the gradient itself included.
std::int64_t shard_need(const Model& model, const TrainingBatches& batches, const TrainingOptions& options,
                        std::int64_t count) {
  const OneThread one;
  const StorageNeed need;
  shard_gradient(model, batches, options, 0, 0, count);
  return need.bytes();
}

}  // namespace

TrainingMemory predict_training_memory(const Model& model, const Dataset& data, const TrainingOptions& options) {
  const std::int64_t shard = std::min(shard_size(data, options), options.batch);
  const std::int64_t shards = shard_count(options.batch, shard);
  const std::int64_t threads = std::min<std::int64_t>(default_context().threads, shards);
  const std::int64_t parameters = parameter_bytes(model);
  TrainingBatches batches(data, make_path(options.path), model.prediction(), options, model.objective());
  batches.begin(0);

  TrainingMemory memory;
  // Weights and two moments, the average, and all four once more while a checkpoint is written.
  memory.state = 2 * parameters * (options.ema > 0 ? 4 : 3);
  memory.data = bytes_of(data.train.x) + bytes_of(data.held_out.x);
  // Read before anything is tried: storage that a trial has given back is not available to others.
  const std::int64_t chosen = chosen_limit.load(), held = memory.data + parameters;
  memory.limit =
      chosen > 0 ? chosen : std::min(available_memory(), std::numeric_limits<std::int64_t>::max() - held) + held;
  // A thread's share of the tree: a node for each bit of its number of shards, and the one that comes in.
  const std::int64_t own_shards = (shards + threads - 1) / threads;
  memory.gradients =
      threads * parameters * static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(own_shards)));
  // One example and two: what grows, and what does not. A whole shard only if it looks as if it would fit.
  const std::int64_t of_one = shard_need(model, batches, options, 1);
  const std::int64_t each = shard > 1 ? std::max<std::int64_t>(0, shard_need(model, batches, options, 2) - of_one) : 0;
  memory.shards = threads * (of_one + each * (shard - 1));
  memory.measured = memory.total() <= memory.limit;
  if (memory.measured) memory.shards = threads * shard_need(model, batches, options, shard);
  return memory;
}

void set_memory_limit(std::int64_t bytes) { chosen_limit = bytes; }

void announce_training_memory(const TrainingMemory& memory, const char* what) {
  const bool chosen = chosen_limit.load() > 0;
  const std::int64_t limit = memory.limit;
  const std::string predicted =
      fmt::format("{}: predicted peak memory {}{}", what, memory.measured ? "" : "about ", bytes_text(memory.total()));
  if (memory.total() > limit) {
    const std::string message =
        fmt::format("{}, more than the {} that {}; a smaller training.shard or fewer --threads need less", predicted,
                    bytes_text(limit), chosen ? "--memory allows" : "this machine has available");
    if (chosen) throw InputError(message);
    throw EnvironmentError(message);
  }
  if (verbosity() != Verbosity::quiet)
    std::fprintf(stderr, "%s (%s %s)\n", predicted.c_str(), bytes_text(limit).c_str(),
                 chosen ? "allowed" : "available");
}

}  // namespace ito::experiments
