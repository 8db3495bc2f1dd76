// Findings: a recipe's claims, answered from the cells that a run has stored.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiments/recipe/finding.h"
#include "experiments/store/cell.h"

namespace ito::experiments {

enum class Verdict {
  holds,
  fails,
  unresolved,  // the interval holds values that satisfy the claim and values that do not
  stated,      // nothing was expected of the value
  unmeasured   // cells or metrics are missing
};
std::string_view verdict_name(Verdict verdict);

struct FindingResult {
  std::string title;
  FindingKind kind = FindingKind::bound;
  Verdict verdict = Verdict::unmeasured;
  std::optional<double> value;      // for first_unresolved: where on the axis; none where it is resolved everywhere
  std::optional<double> low, high;  // Student interval over seeds, of the value (first_unresolved: of a - b there)
  int seeds = 0;
  std::string text;  // one line: what was found, its interval, what was expected
};

// A ratio's interval is that of the mean of (a_i - r b_i) / mean(b) about r, i running over the paired seeds (delta
// method).
std::vector<FindingResult> evaluate_findings(const std::vector<Finding>& findings,
                                             const std::vector<CellResult>& cells);

}  // namespace ito::experiments
