#include <cstdio>

#include "autograd/io/atomic_file.h"
#include "experiments/cli/command_text.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/outcome.h"
#include "experiments/cli/output_file.h"
#include "experiments/report/text.h"
#include "experiments/run/estimate.h"
#include "experiments/run/folder.h"
#include "experiments/run/interrupt.h"
#include "experiments/run/runner.h"

namespace ito::experiments {

int train_command(const TrainOptions& options) {
  if (!options.save.empty()) check_output_file("--save", options.save);
  const ResolvedRecipe recipe = resolve(read_recipe(options.recipe.recipe), options.recipe.set);
  const Plan plan(recipe, options.recipe.only);
  watch_interrupts();
  check(plan, run_folder(recipe.name, options.out), Purpose::train);
  if (!options.save.empty())
    if (const int networks = count_networks(plan, run_folder(recipe.name, options.out)); networks != 1)
      throw InputError("--save: " + recipe.name + " has " + std::to_string(networks) +
                       " networks; exactly one was expected");
  const std::filesystem::path folder = make_run_folder(recipe.name, options.out);
  const TrainOutcome outcome = train_all(plan, folder);
  if (outcome.signal != 0) return report_interrupt(outcome.signal, command_text("train", options.recipe, options.out));
  if (outcome.networks == 0)
    std::printf("%s: no network to train: its models are formulas\n", recipe.name.c_str());
  else
    std::printf("%s: %d of %d networks trained now; weights in %s\n", recipe.name.c_str(), outcome.trained,
                outcome.networks, (folder / "weights").c_str());
  for (const TrainOutcome::Weights& weights : outcome.weights) {
    std::printf("weights %s  %s\n", weights.hash.c_str(), weights.file.filename().c_str());
    if (weights.accuracy) std::printf("accuracy %s on held-out examples\n", shortest(*weights.accuracy).c_str());
  }
  if (!outcome.divergences.empty())
    return report_divergences(outcome.divergences, std::to_string(outcome.divergences.size()) + " of " +
                                                       std::to_string(outcome.networks) +
                                                       " trainings diverged; that is kept as NAME.diverged in " +
                                                       (folder / "weights").string());
  if (!options.save.empty()) {
    write_file_atomically(options.save, std::string_view(read_text_file(outcome.weights.front().file)));
    std::printf("%s\n", options.save.c_str());
  }
  return 0;
}

}  // namespace ito::experiments
