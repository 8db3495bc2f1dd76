// The one file that knows CLI11.
#include "experiments/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "experiments/cli/commands.h"
#include "experiments/cli/outcome.h"
#include "experiments/cli/version.h"
#include "experiments/report/terminal.h"
#include "experiments/training/memory.h"
#include "kernels/core/context.h"
#include "kernels/core/error.h"
#include "samplers/registry.h"

namespace ito::experiments {
namespace {

void add_recipe(CLI::App& command, RecipeOptions& options) {
  command.add_option("RECIPE", options.recipe, "name of a shipped recipe, or a path to a .toml file")->required();
  command.add_option("--set", options.set, "override a key everywhere; a list sweeps it: grid.steps=10, seed=[1,2]")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1);
}

void add_only(CLI::App& command, std::vector<std::string>& only) {
  command.add_option("--only", only, "keep the cells with this value of an axis (or section=2)")
      ->type_name("AXIS=VALUE")
      ->take_all()
      ->expected(1);
}

// CLI11's messages may have several lines, and name options in its own way.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

}  // namespace

std::function<int()> parse_arguments(int argc, const char* const* argv) {
  CLI::App app{"ito: a laboratory for diffusion and flow samplers. Same recipe, same seed, same bits.", "ito"};
  app.set_version_flag("--version", std::string("ito ") + kVersion);
  app.require_subcommand(1);
  app.fallthrough();
  bool quiet = false;
  int threads = 0;
  app.add_flag("-q,--quiet", quiet, "no progress on standard error");
  app.add_option("--threads", threads, "threads to compute on (ITO_THREADS); changes no bit")
      ->check(CLI::Range(1, 1024));
  std::uint64_t memory = 0;
  app.add_option("--memory", memory, "most that a training may need: 500MB, 4GB (default: what is available)")
      ->transform(CLI::AsSizeValue(true))
      ->type_name("SIZE");
  app.footer(std::string(explain_exit_codes()) + "\nStart with: ito run demo, ito list solvers, ito explain recipe.");

  std::function<int()> chosen;
  RunOptions run;
  CLI::App* command =
      app.add_subcommand("run", "run a recipe: train what is missing, sample, measure, report; continues");
  add_recipe(*command, run.recipe);
  add_only(*command, run.recipe.only);
  command->add_option("--out", run.out, "folder of the run (default: build/runs/NAME)");
  command->add_flag("--json", run.json, "print cells as JSON (ito explain json)");
  command->callback([&] { chosen = [run] { return run_command(run); }; });

  TrainOptions train;
  command = app.add_subcommand("train", "train a recipe's networks; continues from checkpoints");
  add_recipe(*command, train.recipe);
  add_only(*command, train.recipe.only);
  command->add_option("--out", train.out, "folder of the run (default: build/runs/NAME)");
  command->add_option("--save", train.save, "FILE.safetensors that the recipe's one network is written to besides");
  command->callback([&] { chosen = [train] { return train_command(train); }; });

  SampleOptions sample;
  command = app.add_subcommand("sample", "draw samples with a recipe's first cell (choose another by --set, --only)");
  add_recipe(*command, sample.recipe);
  add_only(*command, sample.recipe.only);
  command->add_option("--count", sample.count, "samples to draw (default: metrics.count)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
  command->add_option("--seed", sample.seed, "seed of the noise (default: the recipe's)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53));
  command->add_option("--batch", sample.batch, "samples computed at a time; changes no bit")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10'000'000}));
  command->add_option("--out", sample.file, "FILE.npy, FILE.npz or FILE.png")->required();
  command->add_option("--run", sample.folder, "folder with the run's weights (default: build/runs/NAME)");
  command->callback([&] { chosen = [sample] { return sample_command(sample); }; });

  ReportOptions report;
  command = app.add_subcommand("report", "write the report of a run again, from its store");
  command->add_option("RUN", report.run, "a run's folder, or the name of a recipe that was run")->required();
  command->add_flag("--json", report.json, "print cells as JSON (ito explain json)");
  command->callback([&] { chosen = [report] { return report_command(report); }; });

  ListOptions list;
  command = app.add_subcommand("list", "list what can be named in a recipe");
  command->add_option("KIND", list.kind,
                      "data, models, paths, grids, solvers, guidance, metrics or recipes (default: all)");
  command->add_flag("--json", list.json, "print as JSON (ito explain json)");
  command->callback([&] { chosen = [list] { return list_command(list); }; });

  ExplainOptions explain;
  command = app.add_subcommand("explain", "explain a name: its formula, parameters and paper");
  command->add_option("NAME", explain.name, "anything ito list prints, a recipe's key, or recipe, json, exit-codes")
      ->required();
  command->callback([&] { chosen = [explain] { return explain_command(explain); }; });

  CheckOptions check;
  command = app.add_subcommand("check", "validate a recipe; print its cells, evaluations and an estimate of time");
  add_recipe(*command, check.recipe);
  add_only(*command, check.recipe.only);
  command->add_option("--out", check.out,
                      "folder of the run, whose finished cells count as done (default: build/runs/NAME)");
  command->add_flag("--json", check.json, "print as JSON (ito explain json)");
  command->callback([&] { chosen = [check] { return check_command(check); }; });

  ExactOptions exact;
  command = app.add_subcommand(
      "exact", "the law that a recipe's samplers give Gaussian data, without sampling: W2 and KL at each step count");
  add_recipe(*command, exact.recipe);
  add_only(*command, exact.recipe.only);
  command->add_option("-o,--out", exact.file, "FILE.csv for means and variances along each axis of the data");
  command->add_flag("--json", exact.json, "print as JSON (ito explain json)");
  command->callback([&] { chosen = [exact] { return exact_command(exact); }; });

  DoctorOptions doctor;
  command = app.add_subcommand("doctor", "say what this machine and this program are");
  command->add_flag("--json", doctor.json, "print as JSON (ito explain json)");
  command->callback([&] { chosen = [doctor] { return doctor_command(doctor); }; });

  VerifyOptions verify;
  command = app.add_subcommand("verify", "compute cells of a run again and compare every bit");
  command->add_option("RUN", verify.run, "a run's folder, or the name of a recipe that was run")->required();
  add_only(*command, verify.only);
  command->add_option("--cells", verify.cells, "how many cells, spread over the run (default: all)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}));
  command->callback([&] { chosen = [verify] { return verify_command(verify); }; });

  CompareOptions compare;
  command = app.add_subcommand("compare", "compare two runs: cells and metrics that differ, with paired intervals");
  command->add_option("A", compare.a, "a run's folder, or the name of a recipe that was run")->required();
  command->add_option("B", compare.b, "another")->required();
  command->callback([&] { chosen = [compare] { return compare_command(compare); }; });

  ScoreOptions score;
  command = app.add_subcommand("score", "measure anybody's samples against a data set");
  command->add_option("FILE", score.file, "samples [N, ...]: .npy, or .npz with an array called x")->required();
  command->add_option("--against", score.against, "name of a data set, or an array file")->required();
  command->add_option("--metric", score.metrics, "which metrics (default: w2; may be repeated)")
      ->take_all()
      ->expected(1);
  command->add_option("--set", score.set, "a parameter of the data or of a metric")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1);
  command->add_option("--seed", score.seed, "seed of the reference draw")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53));
  command->add_flag("--json", score.json, "print as JSON (ito explain json)");
  command->callback([&] { chosen = [score] { return score_command(score); }; });

  OrdersOptions orders;
  command =
      app.add_subcommand("orders", "measure solvers' orders of convergence on exact problems, beside their claims");
  command->add_option("SOLVER", orders.solvers, "which solvers (ito list solvers)");
  command->add_flag("--all", orders.all, "all solvers");
  command->add_option("--path", orders.paths, "which paths: vp,edm,flow (default), or others (ito list paths)")
      ->delimiter(',')
      ->type_name("NAMES");
  command->add_option("--problem", orders.problems, "two_lumps, three_lumps, gaussian (default: all)")
      ->delimiter(',')
      ->type_name("NAMES");
  command->add_option("--plot", orders.plot, "draw errors against steps: FILE.svg or FILE.png");
  command->add_flag("--json", orders.json, "print as JSON (ito explain json)");
  command->callback([&] { chosen = [orders] { return orders_command(orders); }; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return [] { return 0; };
  } catch (const CLI::CallForAllHelp&) {
    std::fputs(app.help("", CLI::AppFormatMode::All).c_str(), stdout);
    return [] { return 0; };
  } catch (const CLI::CallForVersion&) {
    std::printf("ito %s\n", kVersion);
    return [] { return 0; };
  } catch (const CLI::ParseError& error) {
    if (argc > 1 && argv[1][0] != '-') {
      const std::string given = argv[1];
      const std::vector<std::string> names = command_names(app);
      if (std::find(names.begin(), names.end(), given) == names.end())
        throw InputError("no command is called '" + given + "'; nearest: " + nearest_name(given, names) +
                         " (ito --help lists them)");
      throw InputError(given + ": " + one_line(error.what()) + " (ito " + given + " --help)");
    }
    throw InputError(one_line(error.what()) + " (ito --help)");
  }
  if (quiet) set_verbosity(Verbosity::quiet);
  if (threads > 0) set_threads(threads);
  if (memory > 0) set_memory_limit(static_cast<std::int64_t>(std::min<std::uint64_t>(memory, std::uint64_t{1} << 62)));
  return chosen;
}

}  // namespace ito::experiments
