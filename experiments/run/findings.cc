#include "experiments/run/findings.h"

#include <algorithm>
#include <set>

#include "experiments/metrics/statistics.h"
#include "experiments/recipe/schema.h"
#include "experiments/report/text.h"

namespace ito::experiments {
namespace {

// What a group of cells says about one metric, by seed (one entry under seed 0 where the seed is not swept).
struct Group {
  std::map<std::int64_t, MetricValue> by_seed;
  std::string missing;  // why there is no answer; empty when there is one
};

bool matches(const CellResult& cell, const CellFilter& filter) {
  if (cell.section != filter.section) return false;
  return std::all_of(filter.axes.begin(), filter.axes.end(), [&](const auto& wanted) {
    const auto it = cell.axes.find(wanted.first);
    return it != cell.axes.end() && same_value(it->second, wanted.second);
  });
}

// A group with a diverged cell has no answer: the mean over the seeds that survived would flatter what diverges.
Group group_of(const std::vector<CellResult>& cells, const CellFilter& filter) {
  Group group;
  std::set<std::string> names;
  bool found = false;
  int diverged = 0;
  for (const CellResult& cell : cells) {
    if (!matches(cell, filter)) continue;
    found = true;
    diverged += cell.status == CellStatus::diverged;
    const auto seed = cell.axes.find("seed");
    for (const MetricValue& metric : cell.metrics) {
      names.insert(metric.name);
      if (metric.name == filter.metric)
        group.by_seed[seed == cell.axes.end() ? 0 : std::get<std::int64_t>(seed->second)] = metric;
    }
  }
  if (!found)
    group.missing = "its cells have not been run";
  else if (diverged > 0)
    group.missing = diverged == 1 ? "a cell diverged" : std::to_string(diverged) + " cells diverged";
  else if (group.by_seed.empty())
    group.missing = "no metric '" + filter.metric +
                    "' was measured; nearest: " + nearest_name(filter.metric, {names.begin(), names.end()});
  return group;
}

struct Pairs {
  std::vector<double> a, b;
  std::vector<double> floors;  // of b
};

// Seeds that both sides have.
Pairs paired(const Group& a, const Group& b) {
  Pairs pairs;
  for (const auto& [seed, value] : a.by_seed) {
    const auto it = b.by_seed.find(seed);
    if (it == b.by_seed.end()) continue;
    pairs.a.push_back(value.value);
    pairs.b.push_back(it->second.value);
    if (it->second.floor) pairs.floors.push_back(*it->second.floor);
  }
  return pairs;
}

std::vector<double> differences(const Pairs& pairs) {
  std::vector<double> all;
  for (std::size_t i = 0; i < pairs.a.size(); ++i) all.push_back(pairs.a[i] - pairs.b[i]);
  return all;
}

std::string interval_text(const FindingResult& result, double confidence) {
  if (!result.low) return result.seeds == 1 ? " (one seed: no interval)" : "";
  return " [" + with_digits(*result.low, 3) + ", " + with_digits(*result.high, 3) + "] (" +
         with_digits(100 * confidence, 3) + "%, " + std::to_string(result.seeds) + " seeds)";
}

void take(FindingResult& result, const MeanEstimate& interval, std::size_t seeds) {
  result.value = interval.mean;
  result.low = interval.low;
  result.high = interval.high;
  result.seeds = static_cast<int>(seeds);
}

void judge(FindingResult& result, const Finding& finding) {
  if (!finding.at_least && !finding.at_most) {
    result.verdict = Verdict::stated;
    return;
  }
  // -1 below the asked range, 0 inside it, 1 above.
  const auto side = [&](double value) {
    if (finding.at_least && value < *finding.at_least) return -1;
    return finding.at_most && value > *finding.at_most ? 1 : 0;
  };
  // The interval of first_unresolved is that of a difference, not of the axis value that is judged.
  const bool interval = result.low && finding.kind != FindingKind::first_unresolved;
  if (!result.value)
    result.verdict = Verdict::fails;
  else if (interval && side(*result.low) != side(*result.high))
    result.verdict = Verdict::unresolved;
  else
    result.verdict = side(*result.value) == 0 ? Verdict::holds : Verdict::fails;
  result.text += "; expected";
  if (finding.at_least) result.text += " at least " + shortest(*finding.at_least);
  if (finding.at_most)
    result.text += std::string(finding.at_least ? " and" : "") + " at most " + shortest(*finding.at_most);
  result.text += std::string(": ") + std::string(verdict_name(result.verdict));
}

FindingResult unmeasured(const Finding& finding, const std::string& why) {
  FindingResult result;
  result.title = finding.title;
  result.kind = finding.kind;
  result.text = "not measured: " + why;
  return result;
}

FindingResult first_unresolved(const Finding& finding, const std::vector<CellResult>& cells) {
  std::vector<Value> values;
  for (const CellResult& cell : cells) {
    const auto it = cell.axes.find(finding.along);
    if (cell.section != finding.a.section || it == cell.axes.end()) continue;
    if (std::none_of(values.begin(), values.end(), [&](const Value& v) { return same_value(v, it->second); }))
      values.push_back(it->second);
  }
  const auto number = [](const Value& v) {
    if (const auto* i = std::get_if<std::int64_t>(&v)) return static_cast<double>(*i);
    if (const auto* b = std::get_if<bool>(&v)) return *b ? 1.0 : 0.0;
    return std::get<double>(v);
  };
  std::sort(values.begin(), values.end(), [&](const Value& x, const Value& y) { return number(x) < number(y); });
  const Group b = group_of(cells, finding.b);
  if (!b.missing.empty()) return unmeasured(finding, "b: " + b.missing);
  FindingResult result;
  result.title = finding.title;
  result.kind = finding.kind;
  bool measured = false;
  for (const Value& value : values) {
    CellFilter filter = finding.a;
    filter.axes.insert_or_assign(finding.along, value);
    const Group here = group_of(cells, filter);
    if (!here.missing.empty()) continue;
    const Pairs pairs = paired(here, b);
    if (pairs.a.size() < 2) continue;
    measured = true;
    const PairedDifference difference = paired_difference(pairs.a, pairs.b, pairs.floors, finding.confidence);
    const MeanEstimate& interval = difference.difference;
    if (difference.resolved && interval.mean > 0) continue;
    take(result, interval, pairs.a.size());
    result.value = number(value);
    result.text = finding.along + " = " + shortest(*result.value) + ", where " + finding.a.metric + " is " +
                  with_digits(interval.mean, 3) + interval_text(result, finding.confidence) + " above the other";
    judge(result, finding);
    return result;
  }
  if (!measured) return unmeasured(finding, "a needs two seeds or more, paired with those of b");
  result.text = "resolved at every value of " + finding.along;
  judge(result, finding);
  return result;
}

FindingResult evaluate(const Finding& finding, const std::vector<CellResult>& cells) {
  if (!finding.taken_away.empty()) return unmeasured(finding, finding.taken_away);
  if (finding.kind == FindingKind::first_unresolved) return first_unresolved(finding, cells);
  const Group a = group_of(cells, finding.a);
  if (!a.missing.empty()) return unmeasured(finding, "a: " + a.missing);
  FindingResult result;
  result.title = finding.title;
  result.kind = finding.kind;
  std::string what;
  if (finding.kind == FindingKind::bound) {
    std::vector<double> values;
    for (const auto& [seed, value] : a.by_seed) values.push_back(value.value);
    take(result, estimate_mean(values, finding.confidence), values.size());
    what = finding.a.metric;
  } else {
    const Group b = group_of(cells, finding.b);
    if (!b.missing.empty()) return unmeasured(finding, "b: " + b.missing);
    const Pairs pairs = paired(a, b);
    if (pairs.a.empty()) return unmeasured(finding, "a and b have no seed in common");
    const std::string other = finding.a.metric == finding.b.metric ? "" : " and " + finding.b.metric;
    if (finding.kind == FindingKind::difference) {
      take(result, estimate_mean(differences(pairs), finding.confidence), pairs.a.size());
      what = "difference in " + finding.a.metric + other;
    } else {
      const double mean_a = estimate_mean(pairs.a, finding.confidence).mean;
      const double mean_b = estimate_mean(pairs.b, finding.confidence).mean;
      if (mean_b == 0) return unmeasured(finding, "b is zero: no ratio");
      const double ratio = mean_a / mean_b;
      std::vector<double> about;
      for (std::size_t i = 0; i < pairs.a.size(); ++i)
        about.push_back(ratio + (pairs.a[i] - ratio * pairs.b[i]) / mean_b);
      take(result, estimate_mean(about, finding.confidence), pairs.a.size());
      result.value = ratio;
      what = "ratio of " + finding.a.metric + other;
    }
  }
  result.text = what + " = " + with_digits(*result.value, 4) + interval_text(result, finding.confidence);
  judge(result, finding);
  return result;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::fails:
      return "does not hold";
    case Verdict::unresolved:
      return "not resolved";
    case Verdict::stated:
      return "stated";
    default:
      return "not measured";
  }
}

std::vector<FindingResult> evaluate_findings(const std::vector<Finding>& findings,
                                             const std::vector<CellResult>& cells) {
  std::vector<FindingResult> results;
  for (const Finding& finding : findings) results.push_back(evaluate(finding, cells));
  return results;
}

}  // namespace ito::experiments
