#include <cstdio>

#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/report/text.h"
#include "experiments/run/estimate.h"
#include "experiments/run/folder.h"

namespace ito::experiments {
namespace {

constexpr double kBusy = 1.3;  // time on the clock over time computing, where other work gets in between

std::string counted(std::int64_t count, const std::string& what) {
  return with_thousands(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int check_command(const CheckOptions& options) {
  const ResolvedRecipe recipe = resolve(read_recipe(options.recipe.recipe), options.recipe.set);
  const Plan plan(recipe, options.recipe.only);
  const WorkEstimate work = estimate(plan, run_folder(recipe.name, options.out));
  if (options.json) {
    std::fputs(check_json(work).c_str(), stdout);
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
  const std::string stored = work.stored > 0 ? ", " + with_thousands(work.stored) + " of them stored already" : "";
  std::printf("cells        %s%s\n", with_thousands(work.cells).c_str(), stored.c_str());
  std::printf("evaluations  %s (of the model, over all samples of all cells)\n",
              with_thousands(work.evaluations).c_str());
  for (const NetworkSize& size : work.sizes) {
    const std::string memory =
        size.training_memory > 0 ? ", peak memory of its training " + bytes_text(size.training_memory) : "";
    std::printf("network      %s: %s parameters, %s MFLOP a sample%s\n", size.kind.c_str(),
                with_thousands(size.parameters).c_str(), with_digits(size.operations * 1e-6, 3).c_str(),
                memory.c_str());
  }
  if (work.networks > 0)
    std::printf("to train     %s (%s steps)\n", counted(work.networks, "network").c_str(),
                with_thousands(work.training_steps).c_str());
  if (work.stored == work.cells) {
    std::printf("time         nothing is left to compute but the report\n");
    return 0;
  }
  const Seconds all = work.all();
  const auto text = [](const Seconds& seconds) { return duration_text(seconds.now); };
  std::printf("time         about %s: training %s, sampling %s, metrics %s, data and report %s\n", text(all).c_str(),
              text(work.training).c_str(), text(work.sampling).c_str(), text(work.metrics).c_str(),
              text(work.rest).c_str());
  std::printf("             (each measured for a moment on this machine%s)\n",
              all.now > kBusy * all.idle
                  ? (", which is busy; about " + duration_text(all.idle) + " were it idle").c_str()
                  : "");
  return 0;
}

}  // namespace ito::experiments
