// The one file that knows nlohmann-json. Numbers are printed as the shortest text that reads back to the same bits.
#include "experiments/cli/json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "experiments/run/findings.h"
#include "experiments/run/seed_groups.h"

namespace ito::experiments {
namespace {

// Keys stay in the order they are documented in.
using Json = nlohmann::ordered_json;

Json value_json(const Value& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Text from recipes and file names may hold bytes that are not UTF-8.
std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json entry_json(const Entry& entry) {
  Json parameters = Json::array();
  for (const Parameter& parameter : entry.parameters) {
    Json p = {{"name", parameter.name},
              {"type", value_type_name(parameter.default_value)},
              {"default", value_json(parameter.default_value)},
              {"meaning", parameter.meaning}};
    if (!parameter.choices.empty()) p["choices"] = parameter.choices;
    parameters.push_back(std::move(p));
  }
  return {{"name", entry.name},         {"kind", entry.kind},
          {"order", entry.order},       {"paper", entry.paper},
          {"summary", entry.summary},   {"evaluations", entry.evaluations},
          {"numerics", entry.numerics}, {"parameters", std::move(parameters)}};
}

}  // namespace

std::string run_json(const std::string& recipe, const std::string& hash, const std::vector<CellResult>& cells,
                     const std::vector<FindingResult>& findings) {
  const SeedGroups groups(cells);
  Json list = Json::array();
  for (const CellResult& cell : cells) {
    Json axes = Json::object();
    for (const auto& [name, value] : cell.axes) axes[name] = value_json(value);
    Json metrics = Json::object();
    for (const MetricValue& metric : cell.metrics) {
      const SeedGroups::Spread spread = groups.spread(cell, metric.name);
      metrics[metric.name] = {{"value", metric.value},
                              {"stderr", optional_json(spread.standard_error)},
                              {"floor", optional_json(metric.floor)},
                              {"n", spread.n}};
    }
    Json entry = {{"key", cell.key},
                  {"section", cell.section + 1},
                  {"axes", std::move(axes)},
                  {"status", cell.status == CellStatus::finished ? "finished" : "diverged"},
                  {"nfe", cell.nfe},
                  {"seconds", cell.seconds},
                  {"samples_hash", cell.samples_hash},
                  {"metrics", std::move(metrics)}};
    if (!cell.message.empty()) entry["message"] = cell.message;
    list.push_back(std::move(entry));
  }
  Json found = Json::array();
  for (const FindingResult& finding : findings)
    found.push_back({{"title", finding.title},
                     {"kind", finding_kind_name(finding.kind)},
                     {"verdict", verdict_name(finding.verdict)},
                     {"value", optional_json(finding.value)},
                     {"low", optional_json(finding.low)},
                     {"high", optional_json(finding.high)},
                     {"n", finding.seeds},
                     {"text", finding.text}});
  return dump(
      {{"schema", 1}, {"recipe", recipe}, {"hash", hash}, {"cells", std::move(list)}, {"findings", std::move(found)}});
}

std::string list_json(const std::vector<const Entry*>& entries) {
  Json list = Json::array();
  for (const Entry* entry : entries) list.push_back(entry_json(*entry));
  return dump(list);
}

std::string exact_json(const std::string& recipe, const std::vector<CellLaw>& laws) {
  const auto finite = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  Json list = Json::array();
  for (const CellLaw& law : laws) {
    Json axes = Json::object();
    for (const auto& [name, value] : law.axes) axes[name] = value_json(value);
    Json entry = {{"section", law.section + 1}, {"axes", std::move(axes)}};
    if (law.reason.empty()) {
      entry["nfe"] = law.evaluations;
      entry["dimension"] = law.data.means.size();
      entry["w2"] = law.w2;
      entry["w2_end"] = law.w2_end;
      entry["kl"] = finite(law.kl);
      entry["kl_reverse"] = finite(law.kl_reverse);
    } else {
      entry["reason"] = law.reason;
    }
    list.push_back(std::move(entry));
  }
  return dump({{"schema", 1}, {"recipe", recipe}, {"laws", std::move(list)}});
}

std::string check_json(const WorkEstimate& work) {
  const Seconds all = work.all();
  return dump({{"cells", work.cells},
               {"stored", work.stored},
               {"evaluations", work.evaluations},
               {"networks", work.networks},
               {"training_steps", work.training_steps},
               {"seconds", all.now},
               {"seconds_idle", all.idle}});
}

std::string doctor_json(const Doctor& doctor) {
  Json libraries = Json::object();
  for (const auto& [name, version] : doctor.libraries) libraries[name] = version;
  return dump({{"cpu", doctor.cpu},
               {"simd", doctor.simd},
               {"threads", doctor.threads},
               {"gpu", optional_json(doctor.gpu)},
               {"libraries", std::move(libraries)}});
}

std::string score_json(const std::string& file, const std::string& data, const std::vector<MetricValue>& metrics) {
  Json values = Json::object();
  for (const MetricValue& metric : metrics)
    values[metric.name] = {{"value", metric.value}, {"floor", optional_json(metric.floor)}};
  return dump({{"schema", 1}, {"file", file}, {"against", data}, {"metrics", std::move(values)}});
}

std::string orders_json(const std::vector<MeasuredOrder>& measured) {
  Json list = Json::array();
  for (const MeasuredOrder& row : measured) {
    Json parameters = Json::object();
    for (const auto& [name, value] : row.claim.parameters) parameters[name] = value_json(value);
    Json errors = Json::array();
    for (const ErrorPoint& point : row.errors)
      errors.push_back({{"steps", point.steps}, {"evaluations", point.evaluations}, {"error", point.error}});
    list.push_back({{"solver", row.solver},
                    {"parameters", std::move(parameters)},
                    {"kind", row.claim.kind},
                    {"nu", row.claim.kind == "ode" ? Json(nullptr) : Json(row.claim.nu)},
                    {"path", row.path},
                    {"problem", row.problem},
                    {"claimed", row.claim.order},
                    {"measured", optional_json(row.order)},
                    {"default_start_measured", optional_json(row.default_start)},
                    {"clean_end_measured", optional_json(row.clean_end)},
                    {"evaluations_to_1e-6", optional_json(row.evaluations_to_millionth)},
                    {"clock", row.claim.clock},
                    {"history", row.claim.history},
                    {"errors", std::move(errors)}});
  }
  return dump(list);
}

std::string explain_json() {
  return "What --json prints. Numbers are the shortest text that reads back to the same double; a name may be added to "
         "a\n"
         "schema, none is taken away without raising `schema`.\n"
         "\n"
         "run, report\n"
         "  schema    1\n"
         "  recipe    its name            hash    SHA-256 of its resolved settings\n"
         "  cells     in the plan's order:\n"
         "    key           SHA-256 of everything that decides the cell's bits\n"
         "    section       which [[sweep]], from 1\n"
         "    axes          {swept key: value here}\n"
         "    status        \"finished\" or \"diverged\" (then `message` says where)\n"
         "    nfe           network evaluations of one sample\n"
         "    seconds       time that the cell took; no part of the contract\n"
         "    samples_hash  SHA-256 of the samples\n"
         "    metrics       {name: {value, stderr, floor, n}}: value is this cell's; stderr is the standard error of "
         "the\n"
         "                  mean over the cells that differ from this one in seed only, n of them (null where n is "
         "1);\n"
         "                  floor is the same number for fresh data instead of samples (null where it means nothing)\n"
         "  findings  [{title, kind, verdict, value, low, high, n, text}], in the recipe's order\n"
         "\n"
         "list    [{name, kind, order, paper, summary, evaluations, numerics, parameters: [{name, type, default, "
         "meaning,\n"
         "        choices?}]}]\n"
         "check   {cells, stored, evaluations, networks, training_steps, seconds, seconds_idle}: stored: of the cells, "
         "those\n"
         "        in the store already; evaluations: of the network or formula, over all samples of all cells; what is "
         "left\n"
         "        to train; seconds that the rest takes on this machine as busy as it is, and were it idle\n"
         "exact   {schema, recipe, laws: [{section, axes, nfe, dimension, w2, w2_end, kl, kl_reverse} or {section, "
         "axes, "
         "reason}]}:\n"
         "        w2: from the sampler's law to the data's, w2_end: to the data's at the grid's last time; kl: "
         "KL(sampler || data),\n"
         "        kl_reverse: KL(data || sampler), null where infinite; reason: why a sampler has no such law\n"
         "doctor  {cpu, simd, threads, gpu, libraries: {name: version}}; gpu is null where there is none\n"
         "score   {schema, file, against, metrics: {name: {value, floor}}}\n"
         "\n"
         "orders  [{solver, parameters, kind, nu, path, problem, claimed, measured, default_start_measured,\n"
         "        clean_end_measured, evaluations_to_1e-6, clock, history, errors: [{steps, evaluations, error}]}],\n"
         "        one for each claim (parameters: what it sets of the solver), path and problem\n"
         "    kind                    \"ode\": along the probability-flow ODE; \"strong\" or \"weak\": of the reverse\n"
         "                            SDE, and default_start_measured and what follows are null\n"
         "    nu                      of that SDE; null along the ODE\n"
         "    measured                from exact history, in equal steps of `clock` inside the path, over `errors`;\n"
         "                            null where errors are not finite, or nothing but rounding\n"
         "    default_start_measured  the same from the solver's own start, with its own end\n"
         "    clean_end_measured      from its own start to the clean end, in equal steps of the path's time\n"
         "    evaluations_to_1e-6     of a sample, from its own start, until the rms error is below 1e-6; null where\n"
         "                            100,000 do not suffice\n";
}

}  // namespace ito::experiments
