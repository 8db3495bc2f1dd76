// Every registered solver on every registered grid and path, 1 to 12 steps, float and double, all with their default
// parameters (the grid `given` is written out): a walk ends on the grid's end and is finite, or it is refused before
// the model is asked anything, and it is asked at times of the path alone. The same, of fewer steps and in double, for
// models that predict anything else than x_0, to the clean end and to the path's own, and for parameters with which a
// solver evaluates at a step's end.
//
// What is refused is committed, with the reason, in tests/golden/refused.txt, compressed to rules: one more or one less
// is a failure. ITO_RECORD_REFUSED=1 writes the file anew (read the difference before committing it).
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "kernels/core/context.h"
#include "samplers/factories.h"
#include "tests/samplers/analytic.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

using testing_support::suited_to;
using testing_support::WithThreads;

constexpr int kMostSteps = 12;
constexpr double kPoint = 0.75;                 // the data of the first sample: always this
constexpr double kMean = 0.5, kVariance = 0.3;  // of the second sample's Gaussian data

// How often a model is asked, and at which times.
struct Asked {
  int times = 0;
  double least = INFINITY, most = -INFINITY;
};

// What x_0-hat of both kinds of data is as a prediction of `kind`.
Denoiser two_laws(const PathPtr& path, Prediction kind, Asked& asked) {
  return make_denoiser(
      "two laws", kind, path, [path, kind, &asked](const Tensor& x, std::span<const double> times, const Tensor&) {
        ++asked.times;
        for (const double t : times) asked.least = std::min(asked.least, t), asked.most = std::max(asked.most, t);
        Tensor y = Tensor::like(x);
        with_float_type(x.dtype(), [&]<class T>() {
          const auto in = x.span<T>();
          const auto out = y.mutable_span<T>();
          for (std::size_t i = 0; i < in.size(); ++i) {
            const Time t(times[times.size() == 1 ? 0 : i]);
            const double alpha = path->alpha(t), sigma = path->sigma(t);
            const double gain = alpha * kVariance / (alpha * alpha * kVariance + sigma * sigma);
            out[i] = static_cast<T>(i % 2 == 0 ? kPoint : kMean + gain * (static_cast<double>(in[i]) - alpha * kMean));
          }
        });
        return convert(*path, times, x, y, Prediction::sample, kind);
      });
}

struct Outcome {
  std::string refused;  // the message; empty where the walk went through
  std::string wrong;    // what should never be
};

// On a few steps to an end with noise: those that step in the path's time are off by more than the noise, pndm's
// Runge-Kutta start amplifies rounding in one step from nothing but noise, and a corrector's step has heavy tails.
bool coarse(const std::string& solver) {
  for (const char* name : {"euler", "euler_maruyama", "heun", "midpoint", "rk4", "pndm", "predictor_corrector"})
    if (solver == name) return true;
  return false;
}

// Those that carry eps-hat, or slopes of x in time or lambda, across a step: over a few long ones they overshoot the
// data, as explicit methods do. All others end where x_0-hat, which shrinks towards the mean, puts them.
bool overshoots(const std::string& solver) {
  for (const char* name :
       {"deis", "dpm_2", "dpm_2_ancestral", "dpm_solver", "dpm_solver_pp_3m_sde", "edm_churn", "edm_heun", "restart"})
    if (solver == name) return true;
  return coarse(solver);
}

Outcome walk_of(const std::string& solver, const PathPtr& path, const Grid& grid, DType dtype,
                const GivenParameters& given = {}, Prediction kind = Prediction::sample) {
  Asked asked;
  const Denoiser denoiser = two_laws(path, kind, asked);
  const std::unique_ptr<Solver> made = make_solver(solver, given);
  try {
    const Tensor x = sample(denoiser, path, grid, *made, {.seed = 5, .count = 2, .shape = {1}, .dtype = dtype})
                         .samples.to(DType::f64);
    if (!(asked.least >= path->t_min().value && asked.most <= path->t_max().value))
      return {"", "asks the model at times from " + value_text(asked.least) + " to " + value_text(asked.most) +
                      ", outside the path's"};
    // Nothing but the data is left at the clean end, whatever the solver; elsewhere, noise of the path's size.
    const Time end = grid.back();
    const double expected = path->alpha(end) * kPoint, got = x.span<double>()[0], sigma = path->sigma(end);
    if (sigma > 0.0 && coarse(solver)) return {};
    if (!(std::abs(got - expected) < (sigma == 0.0 ? 1e-4 : 8 * sigma)))
      return {"", "does not end on the grid's end: " + value_text(got) + " for data that are " + value_text(expected) +
                      " with noise of " + value_text(sigma)};
    // The second sample's law at the end is Gaussian.
    if (overshoots(solver)) return {};
    const double deviation = std::sqrt(path->alpha(end) * path->alpha(end) * kVariance + sigma * sigma);
    const double off = (x.span<double>()[1] - path->alpha(end) * kMean) / deviation;
    if (!(std::abs(off) < 8))
      return {"", "ends " + value_text(off) + " standard deviations off the mean of Gaussian data"};
    return {};
  } catch (const InputError& error) {
    if (asked.times > 0) return {"", std::string("refused after the walk began: ") + error.what()};
    return {error.what(), ""};
  } catch (const std::exception& error) {
    return {"", error.what()};
  }
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// A message without what the rule's other columns say, and with # for its numbers: equal for equal reasons.
std::string reason_of(std::string message, const std::string& solver, const std::string& grid,
                      const std::string& path) {
  for (const std::string& prefix : {"solver '" + solver + "': ", "solver '" + solver + "' ",
                                    "grid '" + grid + "' on path '" + path + "': ", "grid '" + grid + "': "})
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
  message = replaced(std::move(message), "'" + path + "'", "PATH");
  std::string out;
  for (std::size_t i = 0; i < message.size();) {
    const auto digit = [&](std::size_t at) {
      return at < message.size() && std::isdigit(static_cast<unsigned char>(message[at]));
    };
    const bool word = i > 0 && (std::isalnum(static_cast<unsigned char>(message[i - 1])) || message[i - 1] == '_');
    if (word || !(digit(i) || (message[i] == '-' && digit(i + 1)))) {
      out += message[i++];
      continue;
    }
    ++i;
    while (digit(i) || (i < message.size() && message[i] == '.' && digit(i + 1)) ||
           (i + 1 < message.size() && message[i] == 'e' && (digit(i + 1) || digit(i + 2))) ||
           (i < message.size() && message[i] == '-' && message[i - 1] == 'e'))
      ++i;
    out += "#";
  }
  return out;
}

// "1-12", "3,5-7"
std::string steps_text(const std::set<int>& steps) {
  std::string text;
  for (auto it = steps.begin(); it != steps.end();) {
    const int first = *it;
    int last = first;
    while (++it != steps.end() && *it == last + 1) last = *it;
    text += (text.empty() ? "" : ",") + std::to_string(first) + (last > first ? "-" + std::to_string(last) : "");
  }
  return text;
}

std::string list_text(const std::set<std::string>& names, std::size_t all) {
  if (names.size() == all) return "*";
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

std::vector<std::string> names_of(const char* kind) {
  std::vector<std::string> names;
  for (const Entry* entry : entries_of(kind)) names.push_back(entry->name);
  return names;
}

// One refusal: who, where, why; solver "*" where the grid itself is refused.
struct Place {
  std::string solver, grid, path, reason;
  auto operator<=>(const Place&) const = default;
};
using Refusals = std::map<Place, std::set<int>>;  // the steps

// Refusals as rules "solver | grids | paths | steps | reason": those that differ in the path alone are one, then those
// that differ in the grid alone.
std::set<std::string> rules_of(const Refusals& refusals, std::size_t grids, std::size_t paths) {
  std::map<Place, std::set<std::string>> over_paths;  // Place.path holds the steps here
  for (const auto& [place, steps] : refusals)
    over_paths[{place.solver, place.grid, steps_text(steps), place.reason}].insert(place.path);
  std::map<Place, std::set<std::string>> over_grids;  // and Place.grid the paths
  for (const auto& [place, names] : over_paths)
    over_grids[{place.solver, list_text(names, paths), place.path, place.reason}].insert(place.grid);
  std::set<std::string> rules;
  for (const auto& [place, names] : over_grids)
    rules.insert(place.solver + " | " + list_text(names, grids) + " | " + place.grid + " | " + place.path + " | " +
                 place.reason);
  return rules;
}

const char kHeader[] =
    "# What is refused of every solver x grid x path x 1..12 steps, all with their default parameters, before the "
    "model "
    "is\n# asked anything (tests/samplers/whole_product_test.cc; ITO_RECORD_REFUSED=1 writes this file).\n"
    "# solver | grids | paths | steps | reason.  *: all; as the solver: the grid itself is refused.\n";

std::set<std::string> committed_rules() {
  std::ifstream file(golden("refused.txt"));
  std::set<std::string> rules;
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') rules.insert(line);
  return rules;
}

// What a grid has no default for: sigma/alpha from 10 down to 0.05, then the clean end.
GivenParameters written_out(const std::string& grid, int n) {
  if (grid != "given") return {};
  std::vector<double> sigmas;
  for (int i = 0; i < n; ++i) sigmas.push_back(10.0 * std::pow(0.05 / 10.0, static_cast<double>(i) / n));
  sigmas.push_back(0.0);
  return {{"sigmas", sigmas}};
}

TEST(WholeProduct, EndsOnTheGridsEndOrIsRefusedBeforeItBegins) {
  const WithThreads one(1);
  const std::vector<std::string> solvers = names_of("solver"), grids = names_of("grid"), paths = names_of("path");
  Refusals refusals;
  std::map<std::string, std::set<int>> wrong;
  std::int64_t walked = 0;
  for (const std::string& path_name : paths) {
    const PathPtr path = make_path(path_name);
    for (const std::string& grid_name : grids)
      for (int n = 1; n <= kMostSteps; ++n) {
        std::optional<Grid> grid;
        try {
          grid = make_grid(grid_name, *path, n, written_out(grid_name, n));
        } catch (const InputError& error) {
          refusals[{"*", grid_name, path_name, reason_of(error.what(), "", grid_name, path_name)}].insert(n);
          continue;
        } catch (const std::exception& error) {
          wrong["grid " + grid_name + ", path " + path_name + ": " + error.what()].insert(n);
          continue;
        }
        for (const std::string& solver : solvers)
          for (const DType dtype : {DType::f32, DType::f64}) {
            const Outcome outcome = walk_of(solver, path, *grid, dtype);
            ++walked;
            if (!outcome.wrong.empty())
              wrong[solver + ", grid " + grid_name + ", path " + path_name + ", " + dtype_name(dtype) + ": " +
                    reason_of(outcome.wrong, solver, grid_name, path_name)]
                  .insert(n);
            if (!outcome.refused.empty())
              refusals[{solver, grid_name, path_name, reason_of(outcome.refused, solver, grid_name, path_name)}].insert(
                  n);
          }
      }
  }
  EXPECT_GE(walked, 10000);
  for (const auto& [what, steps] : wrong) ADD_FAILURE() << what << " (steps " << steps_text(steps) << ")";

  const std::set<std::string> rules = rules_of(refusals, grids.size(), paths.size());
  const char* record = std::getenv("ITO_RECORD_REFUSED");
  if (record != nullptr && std::string(record) == "1") {
    std::ofstream file(golden("refused.txt"));
    file << kHeader;
    for (const std::string& rule : rules) file << rule << "\n";
    return;
  }
  const std::set<std::string> committed = committed_rules();
  std::ostringstream difference;
  for (const std::string& rule : rules)
    if (!committed.contains(rule)) difference << "+ " << rule << "\n";
  for (const std::string& rule : committed)
    if (!rules.contains(rule)) difference << "- " << rule << "\n";
  EXPECT_EQ(difference.str(), "") << "refused (+) or walked (-) against tests/golden/refused.txt; ITO_RECORD_REFUSED=1 "
                                     "writes it anew";
}

// The ends that a grid is given: its own; the path's own end instead of the clean one; and that from inside the path,
// as a clipped path determines nothing of a predicted velocity at t_max either.
std::vector<GivenParameters> ends_of(const Entry& grid, const Path& path) {
  std::vector<GivenParameters> ends = {{}};
  const auto has = [&](const char* name) {
    return std::any_of(grid.parameters.begin(), grid.parameters.end(),
                       [&](const Parameter& parameter) { return parameter.name == name; });
  };
  if (!has("final") || has("T")) return ends;
  ends.push_back({{"final", std::string("end")}});
  if (has("t_start")) {
    const double low = path.t_min().value, high = path.t_max().value;
    ends.push_back({{"final", std::string("end")}, {"t_start", low + 0.9 * (high - low)}});
  }
  return ends;
}

// Parameters beside the defaults with which a solver evaluates at the end of a step.
GivenParameters evaluating_at_the_end(const std::string& solver) {
  if (solver == "dpm_solver") return {{"order", std::int64_t{2}}, {"r1", 1.0}};
  if (solver == "dpm_solver_pp_2s") return {{"r", 1.0}};
  if (solver == "dpm_solver_pp_3s") return {{"r1", 1.0}};
  if (solver == "pndm") return {{"skip_prk", true}};
  return {};
}

TEST(WholeProduct, OfEveryPredictionEndsWhereItShouldOrIsRefusedBeforeItBegins) {
  const WithThreads one(1);
  const std::vector<std::string> solvers = names_of("solver");
  std::map<std::string, std::set<int>> wrong;
  std::int64_t walked = 0, refused = 0;
  for (const std::string& path_name : names_of("path")) {
    const PathPtr path = make_path(path_name);
    for (const Entry* entry : entries_of("grid"))
      for (const GivenParameters& end : ends_of(*entry, *path))
        for (const int n : {1, 2, 5}) {
          std::optional<Grid> grid;
          try {
            GivenParameters given = written_out(entry->name, n);
            given.insert(end.begin(), end.end());
            grid = make_grid(entry->name, *path, n, given);
          } catch (const InputError&) {
            continue;
          }
          for (const std::string& solver : solvers) {
            std::vector<GivenParameters> ways = {suited_to(solver, *path, *grid)};
            if (const GivenParameters way = evaluating_at_the_end(solver); !way.empty()) ways.push_back(way);
            for (const GivenParameters& given : ways)
              for (const Prediction kind : {Prediction::eps, Prediction::v, Prediction::score, Prediction::velocity}) {
                const Outcome outcome = walk_of(solver, path, *grid, DType::f64, given, kind);
                ++(outcome.refused.empty() ? walked : refused);
                if (!outcome.wrong.empty())
                  wrong[solver + ", grid " + entry->name + (end.empty() ? "" : " to the path's end") + ", path " +
                        path_name + ", " + std::string(prediction_name(kind)) + ": " + outcome.wrong]
                      .insert(n);
              }
          }
        }
  }
  EXPECT_GE(walked, 10000);
  EXPECT_GE(refused, 1000);
  for (const auto& [what, steps] : wrong) ADD_FAILURE() << what << " (steps " << steps_text(steps) << ")";
}

}  // namespace
}  // namespace ito
