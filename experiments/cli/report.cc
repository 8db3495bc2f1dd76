#include "experiments/cli/commands.h"
#include "experiments/cli/show_run.h"
#include "experiments/report/terminal.h"
#include "experiments/run/folder.h"
#include "experiments/run/stored_run.h"

namespace ito::experiments {

int report_command(const ReportOptions& options) {
  if (options.json) set_verbosity(Verbosity::quiet);
  show_run(read_run(find_run(options.run)), options.json);
  return 0;
}

}  // namespace ito::experiments
