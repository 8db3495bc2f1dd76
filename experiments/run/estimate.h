// Before a run: is every cell possible, and how much work is left?
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "experiments/run/plan.h"
#include "experiments/run/stopwatch.h"

namespace ito::experiments {

// A network that cells ask, whether trained already or not.
struct NetworkSize {
  std::string kind;
  std::int64_t parameters = 0;
  double operations = 0;             // floating-point, of one sample's forward pass: twice the multiply-adds
  std::int64_t training_memory = 0;  // bytes at the peak of its largest training; 0: nothing is left to train
};

struct WorkEstimate {
  // Counted, nothing measured.
  std::int64_t cells = 0;
  std::int64_t stored = 0;          // of them, in the folder's store already
  std::int64_t evaluations = 0;     // of the network (or formula), over all samples of all cells
  std::int64_t networks = 0;        // that a run would train
  std::int64_t training_steps = 0;  // that are left of their trainings
  std::vector<NetworkSize> sizes;   // each different one

  // Measured on this machine, for what is not stored yet.
  Seconds training, sampling, metrics;
  Seconds rest;  // data read and fitted, cells written, the report
  Seconds all() const { return training + sampling + metrics + rest; }
};

// Makes what each cell walks with (data, model, path, grid, solver, guidance), once for each different combination.
// InputError begins with the place in the recipe. Where networks are only to be trained, one that is no denoiser (a
// classifier) passes too.
enum class Purpose { run, train };
WorkEstimate check(const Plan& plan, const std::filesystem::path& folder, Purpose purpose = Purpose::run);

// check, and what it takes: a few steps of each training and of each different walk, at the batch that a run has, and
// each metric once for each different thing that it is asked. A metric's own evaluations beyond the first moment are
// answered without computing, and counted.
WorkEstimate estimate(const Plan& plan, const std::filesystem::path& folder);

}  // namespace ito::experiments
