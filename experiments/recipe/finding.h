// [[finding]]: a claim about the cells, in terms of one metric and one or two groups of cells that differ in seed only.
//
//   ratio             mean over seeds of metric(a), over that of metric(b); interval paired by seed
//   difference        mean over seeds of metric(a) - metric(b), paired by seed
//   bound             mean over seeds of metric(a)
//   first_unresolved  the smallest value of the axis `along` at which metric(a) - metric(b) is not resolved from zero
//                     (experiments/metrics/statistics.h), or a is the smaller
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/recipe/recipe.h"
#include "samplers/registry.h"

namespace ito::experiments {

enum class FindingKind { ratio, difference, bound, first_unresolved };
std::string_view finding_kind_name(FindingKind kind);

// Cells of one section whose axes have the given values. Axes left out must have one value only (seed apart); a setting
// that the whole section shares may be named too.
struct CellFilter {
  int section = 0;  // from 0
  std::map<std::string, Value> axes;
  std::string metric;
};

struct Finding {
  Location where;
  std::string title;
  FindingKind kind = FindingKind::bound;
  CellFilter a, b;    // b: ratio, difference and first_unresolved
  std::string along;  // first_unresolved
  std::optional<double> at_least, at_most;
  double confidence = 0.95;
  std::string taken_away;  // why it has no answer, where an override took away what it is about
};

struct ResolvedSection;
Finding resolve_finding(const FindingItems& written, const std::vector<ResolvedSection>& sections);

}  // namespace ito::experiments
