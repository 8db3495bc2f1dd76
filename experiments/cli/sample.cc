#include <cstdio>
#include <filesystem>
#include <optional>

#include "autograd/io/npy.h"
#include "experiments/cli/command_text.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/outcome.h"
#include "experiments/cli/output_file.h"
#include "experiments/report/gallery.h"
#include "experiments/report/panels.h"
#include "experiments/report/png.h"
#include "experiments/report/progress.h"
#include "experiments/run/compute_cell.h"
#include "experiments/run/folder.h"
#include "experiments/run/interrupt.h"
#include "experiments/store/run_lock.h"

namespace ito::experiments {
namespace {

constexpr int kScatterSide = 640;

report::Image picture(const Tensor& samples, const Tensor& condition) {
  const Tensor x = samples.to(DType::f32);
  if (x.rank() == 4) return report::gallery(x);
  if (x.rank() != 2 || x.dim(1) != 2)
    throw InputError("a .png shows images or points of the plane; these samples are " + x.shape().text() +
                     ": name a .npy or .npz file");
  report::Panel panel;
  panel.points.xy.assign(x.span<float>().begin(), x.span<float>().end());
  if (condition.defined())
    panel.points.labels.assign(condition.span<std::int32_t>().begin(), condition.span<std::int32_t>().end());
  return report::panel_image(panel, report::common_limits({&panel, 1}), kScatterSide);
}

void write(const std::filesystem::path& file, const ComputedCell& cell) {
  const std::string kind = file.extension().string();
  if (kind == ".npy") {
    save_npy(file, cell.samples);
  } else if (kind == ".npz") {
    NamedTensors arrays = {{"x", cell.samples}};
    if (cell.condition.defined()) arrays.emplace("labels", cell.condition);
    save_npz(file, arrays);
  } else {
    report::write_png(file, picture(cell.samples, cell.condition));
  }
}

void check_file(const std::filesystem::path& file) {
  const std::string kind = file.extension().string();
  if (kind != ".npy" && kind != ".npz" && kind != ".png")
    throw InputError("--out " + file.string() + ": expected a name that ends in .npy, .npz or .png");
  check_output_file("--out", file);
}

}  // namespace

int sample_command(const SampleOptions& options) {
  check_file(options.file);
  std::vector<std::string> set = options.recipe.set;
  if (options.count > 0) set.push_back("metrics.count=" + std::to_string(options.count));
  if (options.seed) set.push_back("seed=" + std::to_string(*options.seed));
  if (options.batch) set.push_back("metrics.batch=" + std::to_string(*options.batch));
  const ResolvedRecipe recipe = resolve(read_recipe(options.recipe.recipe), set);
  const Plan plan(recipe, options.recipe.only);
  std::optional<PlannedCell> first;
  plan.for_each([&](const PlannedCell& cell) {
    if (!first) first = cell;
  });
  watch_interrupts();
  // Only a network needs a folder, for its weights.
  std::filesystem::path folder = run_folder(recipe.name, options.folder);
  std::optional<RunLock> lock;
  if (Objects(folder, MissingWeights::leave_untrained).needs_training(first->settings)) {
    folder = make_run_folder(recipe.name, options.folder);
    lock.emplace(folder);
  }
  Objects objects(folder, MissingWeights::train);
  try {
    std::optional<Progress> progress;
    const ComputedCell cell = sample_cell(plan, *first, objects, [&](std::int64_t done, std::int64_t steps) {
      if (!progress) progress.emplace("sampling " + recipe.name, steps, "steps");
      progress->update(done);
    });
    progress.reset();
    write(options.file, cell);
    std::fprintf(stderr, "%s: %lld samples%s%s, %lld evaluations each\n", options.file.c_str(),
                 static_cast<long long>(cell.samples.dim(0)), first->axes.empty() ? "" : " of ",
                 axes_text(first->axes).c_str(), static_cast<long long>(cell.result.nfe));
  } catch (const Interrupted& interrupted) {
    return report_interrupt(interrupted.signal, command_text("sample", options.recipe, options.file));
  }
  return 0;
}

}  // namespace ito::experiments
