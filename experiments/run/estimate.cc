#include "experiments/run/estimate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "experiments/run/compute_cell.h"
#include "experiments/run/measure_work.h"
#include "experiments/store/store.h"
#include "experiments/training/memory.h"

namespace ito::experiments {
namespace {

// Seen on a machine of two cores; a run of a minute or more is not decided by them.
constexpr double kReportSeconds = 0.3;  // pages, tables and pictures of one section
constexpr double kCellSeconds = 0.004;  // hashing, preview and the store's commit of one cell

std::string text_of(const CellSettings& settings, const char* table) {
  const auto registered = std::find_if(registered_tables().begin(), registered_tables().end(),
                                       [&](const RegisteredTable& t) { return t.table == table; });
  const std::string& name = settings.text(registered->name_key);
  std::string text = std::string(table) + "." + name + "\n";
  const Parameters parameters = settings.parameters(registered->kind, name);
  for (const auto& [key, value] : parameters.all()) text += key + "=" + value_text(value) + "\n";
  return text;
}

std::string text_of(const Parameters& parameters) {
  std::string text;
  for (const auto& [key, value] : parameters.all()) text += key + "=" + value_text(value) + "\n";
  return text;
}

std::string texts_of(const CellSettings& settings, std::initializer_list<const char*> tables) {
  std::string text;
  for (const char* table : tables) text += text_of(settings, table);
  return text;
}

std::string values_of(const CellSettings& settings, std::initializer_list<const char*> keys) {
  std::string text;
  for (const char* key : keys) text += value_text(settings.value(key)) + "\n";
  return text;
}

// What decides the denoiser that a cell walks with.
std::string denoiser_text(const CellSettings& settings) {
  return texts_of(settings, {"data", "model", "path", "guidance"}) +
         values_of(settings, {"dtype", "model.weights", "sampling.condition", "sampling.outside"}) +
         text_of(settings.training());
}

// One pass over the cells. Tools are made once for each combination of settings that decides them; what is measured
// is kept under the settings that it depends on.
class Estimator {
 public:
  Estimator(const Plan& plan, const std::filesystem::path& folder, bool measures, Purpose purpose = Purpose::run)
      : plan_(plan), measures_(measures), purpose_(purpose), objects_(folder, MissingWeights::leave_untrained) {
    std::error_code ignored;
    if (measures && std::filesystem::exists(folder / kStoreFile, ignored))
      store_.emplace(folder / kStoreFile, Access::read);
  }

  WorkEstimate all() {
    plan_.for_each([&](const PlannedCell& cell) { add(cell); });
    if (!measures_) return work_;
    // What was made here besides measuring is made by a run twice: when it checks, and when it begins. What is not
    // measured is taken to be slowed as the rest is.
    const double fixed = kReportSeconds * static_cast<double>(sections_.size()) +
                         kCellSeconds * static_cast<double>(work_.cells - work_.stored);
    const Seconds measured = work_.all() + making_;
    const double slowed = measured.idle > 0 ? std::max(1.0, measured.now / measured.idle) : 1.0;
    work_.rest = making_ * 2 + Seconds{fixed, fixed * slowed};
    return work_;
  }

 private:
  struct Combination {
    std::int64_t evaluations = 0;  // of one sample
    Seconds walk;                  // of one sample
    std::optional<CellTools> tools;
    ExactAnswers exact;
  };

  void add(const PlannedCell& cell) {
    const CellSettings& settings = cell.settings;
    sections_.insert(cell.section);
    ++work_.cells;
    if (purpose_ == Purpose::train && objects_.make_model(settings)->objective() == Objective::classify) return;
    // Cells may share all that is computed and ask for other metrics.
    std::string asks = text_of(settings, "data") + values_of(settings, {"metrics.names", "sampling.condition"});
    for (const std::string& metric : settings.texts("metrics.names"))
      asks += text_of(settings.parameters("metric", metric));
    if (measurable_.insert(asks).second) check_metrics(plan_, cell, objects_);
    const Combination& known = combination(cell);
    const auto count = static_cast<double>(settings.integer("metrics.count"));
    work_.evaluations += known.evaluations * settings.integer("metrics.count");
    if (!measures_) return;
    if (store_ && store_->has(key_of(cell, objects_))) {
      ++work_.stored;
      return;
    }
    if (!known.tools) return;
    work_.sampling += known.walk * count;
    for (const std::string& metric : settings.texts("metrics.names")) add_metric(metric, cell, known);
  }

  const Combination& combination(const PlannedCell& cell) {
    const CellSettings& settings = cell.settings;
    const std::string text = denoiser_text(settings) + texts_of(settings, {"grid", "sampler"}) +
                             values_of(settings, {"grid.steps", "sampling.noise", "metrics.names"});
    if (const auto known = combinations_.find(text); known != combinations_.end()) return known->second;
    Combination made;
    try {
      const Stopwatch watch;
      made.tools = make_tools(plan_, cell, objects_);
      if (measures_) made.exact = exact_answers(cell, objects_, *made.tools);
      making_ += watch.seconds();
    } catch (const DivergedError&) {
      // A training that is known to have diverged: its cells cost nothing.
      return combinations_.emplace(text, std::move(made)).first->second;
    }
    CellTools& tools = *made.tools;
    made.evaluations =
        std::int64_t{tools.solver->calls_per_step()} * tools.grid.steps() * tools.guided.evaluations_per_call;
    add_training(settings);
    if (measures_) {
      const std::string walk_text = denoiser_text(settings) + text_of(settings, "sampler") +
                                    values_of(settings, {"metrics.count", "metrics.batch", "sampling.noise"}) +
                                    std::to_string(std::min(kWalkedSteps, tools.grid.steps()));
      auto walk = walks_.find(walk_text);
      if (walk == walks_.end()) walk = walks_.emplace(walk_text, measure_walk(plan_, cell, objects_, tools)).first;
      made.walk = walk->second.step * static_cast<double>(tools.grid.steps());
      made.evaluations -= walk->second.fewer_evaluations;
    }
    return combinations_.emplace(text, std::move(made)).first->second;
  }

  // The place of the cell's network among the sizes, which weights and trainings share.
  NetworkSize& size_of(const CellSettings& settings) {
    Model& model = *objects_.model(settings).model;
    const auto [at, added] = sized_.emplace(model.signature(), work_.sizes.size());
    if (added) {
      NetworkSize size{settings.text("model.kind"), 0, 2 * model.multiply_adds(), 0};
      model.parameters([&](const std::string&, Tensor& x) { size.parameters += x.size(); });
      work_.sizes.push_back(std::move(size));
    }
    return work_.sizes[at->second];
  }

  void add_training(const CellSettings& settings) {
    Model& model = *objects_.model(settings).model;
    if (!model.trainable()) return;
    NetworkSize& size = size_of(settings);
    const std::string text =
        texts_of(settings, {"data", "model"}) + values_of(settings, {"model.weights"}) + text_of(settings.training());
    if (!trained_.insert(text).second || !objects_.needs_training(settings)) return;
    if (measures_)
      size.training_memory = std::max(
          size.training_memory,
          predict_training_memory(model, objects_.data(settings), training_options(settings.training())).total());
    ++work_.networks;
    const std::int64_t steps = objects_.training_steps_left(settings);
    work_.training_steps += steps;
    if (measures_ && steps > 0)
      work_.training += measure_training_step(settings, objects_) * static_cast<double>(steps);
  }

  void add_metric(const std::string& metric, const PlannedCell& cell, const Combination& known) {
    const CellSettings& settings = cell.settings;
    // What a metric takes and remembers (floors, reference solutions) depends on the data and what is asked of them,
    // and where it asks a denoiser on that, the start and the end.
    const Grid& grid = known.tools->grid;
    const std::string coarse = metric + "\n" + text_of(settings.parameters("metric", metric)) +
                               texts_of(settings, {"data", "guidance"}) +
                               values_of(settings, {"sampling.condition", "metrics.count"});
    std::string asked = coarse;
    auto cost = metrics_.find(coarse);
    if (cost == metrics_.end() || cost->second.evaluates) {
      asked += denoiser_text(settings) + value_text(grid.front().value) + " " + value_text(grid.back().value) + "\n";
      cost = metrics_.find(asked);
    }
    if (cost == metrics_.end()) {
      // The first one says whether it evaluates: only then is the longer text its key.
      const MetricCost made = measure_metric(metric, plan_, cell, objects_, *known.tools, known.exact);
      metrics_.emplace(coarse, made);
      if (!made.evaluates) asked = coarse;
      cost = metrics_.emplace(asked, made).first;
    }
    const bool first = asked_.insert(asked + value_text(settings.value("seed"))).second;
    work_.metrics += first ? cost->second.first : cost->second.again;
  }

  const Plan& plan_;
  bool measures_;
  Purpose purpose_;
  Objects objects_;
  std::optional<Store> store_;
  WorkEstimate work_;
  Seconds making_;
  std::map<std::string, Combination> combinations_;
  std::map<std::string, WalkCost> walks_;
  std::map<std::string, MetricCost> metrics_;
  std::map<std::string, std::size_t> sized_;  // by signature: place in work_.sizes
  std::set<std::string> measurable_, trained_, asked_;
  std::set<int> sections_;
};

}  // namespace

WorkEstimate check(const Plan& plan, const std::filesystem::path& folder, Purpose purpose) {
  return Estimator(plan, folder, false, purpose).all();
}

WorkEstimate estimate(const Plan& plan, const std::filesystem::path& folder) {
  return Estimator(plan, folder, true).all();
}

}  // namespace ito::experiments
