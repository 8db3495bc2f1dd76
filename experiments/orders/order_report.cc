#include "experiments/orders/order_report.h"

#include <algorithm>

#include "experiments/report/text.h"

namespace ito::experiments {
namespace {

// All measurements of one claim.
struct Group {
  const MeasuredOrder* first;
  std::vector<const MeasuredOrder*> rows;
};

bool same_claim(const MeasuredOrder& a, const MeasuredOrder& b) {
  return a.solver == b.solver && a.claim.kind == b.claim.kind && a.claim.order == b.claim.order &&
         a.claim.clock == b.claim.clock && a.claim.history == b.claim.history && a.claim.nu == b.claim.nu &&
         a.claim.parameters == b.claim.parameters;
}

std::vector<Group> grouped(const std::vector<MeasuredOrder>& measured) {
  std::vector<Group> groups;
  for (const MeasuredOrder& row : measured) {
    if (groups.empty() || !same_claim(*groups.back().first, row)) groups.push_back({&row, {}});
    groups.back().rows.push_back(&row);
  }
  return groups;
}

std::vector<std::string> names_in(const std::vector<MeasuredOrder>& measured, std::string MeasuredOrder::*member) {
  std::vector<std::string> names;
  for (const MeasuredOrder& row : measured)
    if (std::find(names.begin(), names.end(), row.*member) == names.end()) names.push_back(row.*member);
  return names;
}

std::string two_places(double value) {
  const auto hundredths = static_cast<long long>(value * 100 + (value < 0 ? -0.5 : 0.5));
  const long long size = hundredths < 0 ? -hundredths : hundredths;
  std::string text = std::to_string(size / 100) + "." + (size % 100 < 10 ? "0" : "") + std::to_string(size % 100);
  return (hundredths < 0 ? "-" : "") + text;
}

std::string order_text(const MeasuredOrder& row) {
  return row.order ? two_places(*row.order) : (row.exact ? "exact" : "none");
}

bool missed(const MeasuredOrder& row) { return !row.linear && !row.holds(); }

// The least order, or the most evaluations, of the problems that are not linear (of all, where all are), on one path or
// on all ("").
template <class T, class Better>
std::optional<T> worst(const Group& group, const std::string& path, std::optional<T> MeasuredOrder::*member,
                       const Better& better) {
  const bool all_linear =
      std::all_of(group.rows.begin(), group.rows.end(), [](const MeasuredOrder* row) { return row->linear; });
  std::optional<T> found;
  for (const MeasuredOrder* row : group.rows) {
    if ((row->linear && !all_linear) || (!path.empty() && row->path != path)) continue;
    const std::optional<T>& value = row->*member;
    if (!value) return std::nullopt;
    if (!found || better(*found, *value)) found = value;
  }
  return found;
}

// The order on each problem, on this path; where there are others, those that are linear in x are left out.
report::TableCell path_cell(const Group& group, const std::string& path) {
  const bool all_linear =
      std::all_of(group.rows.begin(), group.rows.end(), [](const MeasuredOrder* row) { return row->linear; });
  std::string text;
  for (const MeasuredOrder* row : group.rows)
    if (row->path == path && (all_linear || !row->linear))
      text += (text.empty() ? "" : " ") + order_text(*row) + (missed(*row) ? "!" : "");
  return report::text_cell(text);
}

report::TableCell least_order_cell(const Group& group, std::optional<double> MeasuredOrder::*member) {
  const auto least = worst(group, "", member, [](double a, double b) { return b < a; });
  return report::text_cell(least ? two_places(*least) : "-");
}

std::string evaluations_text(const Group& group, const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths) {
    const bool walked =
        std::any_of(group.rows.begin(), group.rows.end(), [&](const MeasuredOrder* row) { return row->path == path; });
    if (!walked) continue;
    const auto most = worst(group, path, &MeasuredOrder::evaluations_to_millionth,
                            [](std::int64_t a, std::int64_t b) { return b > a; });
    text += (text.empty() ? "" : " ") + (most ? std::to_string(*most) : "-");
  }
  return text;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

report::Table ode_table(const std::vector<MeasuredOrder>& measured) {
  const std::vector<std::string> paths = names_in(measured, &MeasuredOrder::path);
  report::Table table;
  table.title = "Orders of convergence along the probability-flow ODE";
  table.caption = "of each path: on those of " + listed(names_in(measured, &MeasuredOrder::problem)) +
                  " that are not linear in x, from exact history, over five halvings of equal steps inside the path; "
                  "own start: with none; clean "
                  "end: from there to t = 0; both the least of them; to 1e-6: "
                  "evaluations of a sample until the rms error is that, on " +
                  listed(paths) + ", the most of them (-: over " +
                  with_thousands(static_cast<std::int64_t>(kMostEvaluations)) + "); !: misses its claim by more than " +
                  shortest(kOrderTolerance);
  table.label_columns = 1;
  table.columns = {{.name = "solver"}, {.name = "steps in"}, {.name = "claimed"}};
  for (const std::string& path : paths) table.columns.push_back({.name = path});
  for (const char* name : {"own start", "clean end", "to 1e-6"}) table.columns.push_back({.name = name});
  for (const Group& group : grouped(measured)) {
    const OrderClaim& claim = group.first->claim;
    std::vector<report::TableCell> row = {report::text_cell(claim_text(group.first->solver, claim)),
                                          report::text_cell(claim.clock), report::text_cell(shortest(claim.order))};
    for (const std::string& path : paths) row.push_back(path_cell(group, path));
    row.push_back(least_order_cell(group, &MeasuredOrder::default_start));
    row.push_back(least_order_cell(group, &MeasuredOrder::clean_end));
    row.push_back(report::text_cell(evaluations_text(group, paths)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

report::Table stochastic_table(const std::vector<MeasuredOrder>& measured) {
  const std::vector<std::string> paths = names_in(measured, &MeasuredOrder::path);
  report::Table table;
  table.title = "Strong and weak orders of the reverse SDE with this nu";
  table.caption =
      "of each path, on every problem asked about (strong: not linear in x; weak: Gaussian); over equal steps from "
      "lambda = -1 to 1; strong: on one Brownian path, five halvings; weak: the slowest of mean, standard deviation "
      "and "
      "memory of the start, without sampling error, five halvings; exact: nothing but rounding at every step, which "
      "holds; !: misses its claim by "
      "more than " +
      shortest(kOrderTolerance);
  table.label_columns = 3;
  table.columns = {{.name = "solver"}, {.name = "kind"}, {.name = "nu"}, {.name = "claimed"}};
  for (const std::string& path : paths) table.columns.push_back({.name = path});
  for (const Group& group : grouped(measured)) {
    const OrderClaim& claim = group.first->claim;
    std::vector<report::TableCell> row = {report::text_cell(claim_text(group.first->solver, claim)),
                                          report::text_cell(claim.kind), report::text_cell(shortest(claim.nu)),
                                          report::text_cell(shortest(claim.order))};
    for (const std::string& path : paths) row.push_back(path_cell(group, path));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<MeasuredOrder> of_kind(const std::vector<MeasuredOrder>& measured, bool ode) {
  std::vector<MeasuredOrder> found;
  for (const MeasuredOrder& row : measured)
    if ((row.claim.kind == "ode") == ode) found.push_back(row);
  return found;
}

std::string verdict_on(const std::vector<MeasuredOrder>& measured, const std::string& what) {
  int held = 0, judged = 0;
  std::string misses;
  for (const MeasuredOrder& row : measured) {
    if (row.linear) continue;
    ++judged;
    if (!missed(row)) {
      ++held;
      continue;
    }
    misses += "missed: " + claim_text(row.solver, row.claim) + (row.claim.kind == "ode" ? "" : ", " + row.claim.kind) +
              ", on " + row.path + ", " + row.problem + ": claimed " + shortest(row.claim.order) + ", measured " +
              order_text(row) + "\n";
  }
  if (judged == 0) return "";
  return std::to_string(held) + " of " + std::to_string(judged) + " " + what + " are within " +
         shortest(kOrderTolerance) + " of what is claimed\n" + misses;
}

}  // namespace

std::vector<report::Table> order_tables(const std::vector<MeasuredOrder>& measured) {
  std::vector<report::Table> tables;
  if (const auto along_ode = of_kind(measured, true); !along_ode.empty()) tables.push_back(ode_table(along_ode));
  if (const auto others = of_kind(measured, false); !others.empty()) tables.push_back(stochastic_table(others));
  return tables;
}

std::string order_verdict(const std::vector<MeasuredOrder>& measured) {
  return verdict_on(of_kind(measured, true), "orders on problems that are not linear in x") +
         verdict_on(of_kind(measured, false), "strong and weak orders");
}

report::PlotGrid order_plot(const std::vector<MeasuredOrder>& measured) {
  report::PlotGrid grid{.title = "Error against steps"};
  for (const MeasuredOrder& row : measured) {
    const std::string title = row.problem + " on " + row.path;
    auto plot = std::find_if(grid.plots.begin(), grid.plots.end(),
                             [&](const report::Plot& each) { return each.title == title; });
    if (plot == grid.plots.end())
      plot = grid.plots.insert(
          grid.plots.end(), {.title = title, .x_label = "steps", .y_label = "rms error", .log_x = true, .log_y = true});
    report::Series series{.name = claim_text(row.solver, row.claim) +
                                  (row.claim.kind == "ode" ? "" : ", " + row.claim.kind)};
    for (const ErrorPoint& point : row.errors) {
      series.x.push_back(point.steps);
      series.y.push_back(point.error);
    }
    plot->series.push_back(std::move(series));
  }
  return grid;
}

}  // namespace ito::experiments
