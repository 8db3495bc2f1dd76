#include <cstdio>
#include <string_view>

#include "autograd/io/atomic_file.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/cli/output_file.h"
#include "experiments/orders/measure_orders.h"
#include "experiments/orders/order_report.h"
#include "experiments/report/progress.h"
#include "experiments/report/terminal.h"
#include "kernels/core/error.h"

namespace ito::experiments {
namespace {

constexpr int kFileWidth = 200;  // columns of what is not read on a terminal

report::PlotFormat format_of(const std::string& file) {
  if (file.ends_with(".png")) return report::PlotFormat::png;
  if (file.ends_with(".svg")) return report::PlotFormat::svg;
  throw InputError("--plot " + file + ": expected a name that ends in .svg or .png");
}

}  // namespace

int orders_command(const OrdersOptions& options) {
  if (options.all != options.solvers.empty())
    throw InputError(options.all ? "orders: --all measures every solver; expected no names beside it"
                                 : "orders: expected the names of solvers, or --all (ito list solvers)");
  std::optional<report::PlotFormat> format;
  if (!options.plot.empty()) {
    format = format_of(options.plot);
    check_output_file("--plot", options.plot);
  }
  if (options.json) set_verbosity(Verbosity::quiet);

  std::optional<Progress> progress;
  const std::vector<MeasuredOrder> measured =
      measure_orders({.solvers = options.solvers, .paths = options.paths, .problems = options.problems},
                     [&](std::int64_t done, std::int64_t total) {
                       if (done == 0) progress.emplace("measuring orders", total, "walks");
                       progress->update(done);
                     });
  if (progress) progress->finish();
  if (format)
    write_file_atomically(options.plot, std::string_view(report::draw_picture(order_plot(measured), *format)));
  if (options.json) {
    std::fputs(orders_json(measured).c_str(), stdout);
    return 0;
  }
  const int width = is_terminal(1) ? terminal_width(1) : kFileWidth;
  for (const report::Table& table : order_tables(measured))
    std::printf("%s\n", report::terminal_table(table, width, terminal_is_utf8()).c_str());
  std::fputs(order_verdict(measured).c_str(), stdout);
  return 0;
}

}  // namespace ito::experiments
