// The runner: cell after cell into the store, skipping what is there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/recipe/resolve.h"
#include "experiments/run/plan.h"

namespace ito::experiments {

// What diverged and where: a training once, however many cells wait for it.
struct Divergence {
  std::string axes;  // of the first cell
  std::string message;
  std::int64_t cells = 0;
};

struct RunOutcome {
  std::int64_t cells = 0;     // of the plan
  std::int64_t computed = 0;  // by this call
  std::int64_t kept = 0;      // found finished
  std::int64_t diverged = 0;  // of the plan's
  std::vector<Divergence> divergences;
  int signal = 0;  // that ended it early
};

// Throws what stops the whole run; a diverged cell does not. Holds the folder's lock.
RunOutcome run(const Plan& plan, const std::filesystem::path& folder);

// Trains the networks of the plan's cells and nothing else. A training that diverges ends alone.
struct TrainOutcome {
  struct Weights {
    std::filesystem::path file;
    std::string hash;                // of names and numbers
    std::optional<double> accuracy;  // of a classifier: share of the held-out examples that it gives their class
  };
  std::vector<Weights> weights;  // of the networks that are trained, now or before
  int networks = 0;
  int trained = 0;  // by this call
  std::vector<Divergence> divergences;
  int signal = 0;
};
// How many networks the plan's cells ask, trained or not; none of them is trained here.
int count_networks(const Plan& plan, const std::filesystem::path& folder);

TrainOutcome train_all(const Plan& plan, const std::filesystem::path& folder);

}  // namespace ito::experiments
