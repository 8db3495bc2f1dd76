#include <cstdio>

#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/report/text.h"
#include "experiments/run/estimate.h"
#include "experiments/run/folder.h"

namespace ito::experiments {

int check_command(const CheckOptions& options) {
  const ResolvedRecipe recipe = resolve(read_recipe(options.recipe.recipe), options.recipe.set);
  const Plan plan(recipe, options.recipe.only);
  const WorkEstimate work = check(plan, run_folder(recipe.name, ""), true);
  if (options.json) {
    std::fputs(check_json(work.cells, work.evaluations, work.seconds()).c_str(), stdout);
    return 0;
  }
  std::printf("%s: %s\n", recipe.file.c_str(), recipe.title.c_str());
  for (std::size_t s = 0; s < recipe.sections.size(); ++s) {
    const ResolvedSection& section = recipe.sections[s];
    std::printf("  section %zu%s%s\n", s + 1, section.title.empty() ? "" : ": ", section.title.c_str());
    for (const Axis& axis : section.axes) {
      std::string values;
      for (const Setting& setting : axis.values) values += (values.empty() ? "" : ", ") + value_text(setting.value);
      std::printf("    %s = %s\n", axis.key.c_str(), values.c_str());
    }
  }
  std::printf("cells        %s\n", with_thousands(work.cells).c_str());
  std::printf("evaluations  %s (of the model, over all samples)\n", with_thousands(work.evaluations).c_str());
  std::printf("time         about %s: sampling %s, training %s; metrics not counted\n",
              duration_text(work.seconds()).c_str(), duration_text(work.sampling_seconds).c_str(),
              duration_text(work.training_seconds).c_str());
  std::printf("             (each model measured on this machine for a moment)\n");
  return 0;
}

}  // namespace ito::experiments
