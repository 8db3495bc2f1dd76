#include "experiments/run/runner.h"

#include "experiments/cli/command_text.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/outcome.h"
#include "experiments/cli/show_run.h"
#include "experiments/report/terminal.h"
#include "experiments/run/estimate.h"
#include "experiments/run/folder.h"
#include "experiments/run/interrupt.h"
#include "experiments/run/stored_run.h"

namespace ito::experiments {

int run_command(const RunOptions& options) {
  if (options.json) set_verbosity(Verbosity::quiet);
  const ResolvedRecipe recipe = resolve(read_recipe(options.recipe.recipe), options.recipe.set);
  const Plan plan(recipe, options.recipe.only);
  watch_interrupts();
  const std::filesystem::path folder = run_folder(recipe.name, options.out);
  // Before anything is written: is every cell possible?
  check(plan, folder);
  make_run_folder(recipe.name, options.out);
  const RunOutcome outcome = run(plan, folder);
  if (outcome.signal != 0) return report_interrupt(outcome.signal, command_text("run", options.recipe, options.out));
  show_run(read_run(folder), options.json);
  // Only the report was under way: it is whole, and whoever waits for this command is told all the same.
  if (interrupt_signal() != 0)
    return report_interrupt(interrupt_signal(), command_text("run", options.recipe, options.out));
  if (outcome.diverged > 0)
    return report_divergences(outcome.divergences, std::to_string(outcome.diverged) + " of " +
                                                       std::to_string(outcome.cells) +
                                                       " cells diverged; the report names them");
  return 0;
}

}  // namespace ito::experiments
