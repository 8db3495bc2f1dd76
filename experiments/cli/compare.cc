#include "experiments/run/compare.h"

#include <cstdio>

#include "experiments/cli/commands.h"
#include "experiments/report/table.h"
#include "experiments/report/terminal.h"
#include "experiments/report/text.h"
#include "experiments/run/folder.h"
#include "kernels/core/error.h"

namespace ito::experiments {
namespace {

void print_places(const char* which, const std::vector<std::string>& places) {
  constexpr std::size_t kMost = 10;
  if (places.empty()) return;
  std::printf("%zu cells only in %s:\n", places.size(), which);
  for (std::size_t i = 0; i < places.size() && i < kMost; ++i)
    std::printf("  %s\n", places[i].empty() ? "(the one cell)" : places[i].c_str());
  if (places.size() > kMost) std::printf("  ... and %zu more\n", places.size() - kMost);
}

}  // namespace

int compare_command(const CompareOptions& options) {
  const StoredRun a = read_run(find_run(options.a));
  const StoredRun b = read_run(find_run(options.b));
  const Comparison found = compare(a, b);
  std::printf("A %s (%s, %.12s)\nB %s (%s, %.12s)\n", a.folder.c_str(), a.header.name.c_str(), a.header.hash.c_str(),
              b.folder.c_str(), b.header.name.c_str(), b.header.hash.c_str());
  std::printf("%lld cells with the same key and bits, %lld with another key\n", static_cast<long long>(found.equal),
              static_cast<long long>(found.other_key));
  if (found.other_bits > 0)
    std::printf(
        "%lld cells with the same key and OTHER BITS: one of the runs broke the contract (ito verify says which)\n",
        static_cast<long long>(found.other_bits));
  print_places("A", found.only_a);
  print_places("B", found.only_b);
  if (!found.differing.empty()) {
    report::Table table;
    table.title = "Metrics that differ";
    table.caption = "means over common seeds; B - A paired by seed, 95% interval";
    table.columns = {{.name = "cells"}, {.name = "metric"}, {.name = "A"},
                     {.name = "B"},     {.name = "B - A"},  {.name = "interval"}};
    table.label_columns = 2;
    for (const MetricComparison& row : found.differing) {
      const auto& d = row.difference;
      table.rows.push_back(
          {report::text_cell(row.axes), report::text_cell(row.metric), report::estimate_cell(row.a, {}, {}, row.seeds),
           report::estimate_cell(row.b, {}, {}, row.seeds),
           report::estimate_cell(d.mean, d.standard_error, {}, row.seeds),
           report::text_cell(d.low ? "[" + with_digits(*d.low, 3) + ", " + with_digits(*d.high, 3) + "]"
                                   : "one seed")});
    }
    std::fputs(report::terminal_table(table, terminal_width(1), terminal_is_utf8()).c_str(), stdout);
  }
  return found.other_bits > 0 ? static_cast<int>(ErrorKind::environment) : 0;
}

}  // namespace ito::experiments
