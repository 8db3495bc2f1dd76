#include "experiments/run/verify.h"

#include <cstdio>

#include "experiments/cli/command_text.h"
#include "experiments/cli/commands.h"
#include "experiments/cli/outcome.h"
#include "experiments/run/folder.h"
#include "experiments/run/interrupt.h"
#include "kernels/core/error.h"

namespace ito::experiments {

int verify_command(const VerifyOptions& options) {
  watch_interrupts();
  const Verification found = verify(find_run(options.run), options.only, options.cells);
  if (found.signal != 0) return report_interrupt(found.signal, "ito verify " + shell_word(options.run));
  std::int64_t different = 0;
  for (const VerifiedCell& cell : found.cells) {
    if (cell.equal) continue;
    ++different;
    std::printf("differs: %s (%.12s): %s\n", cell.axes.c_str(), cell.key.c_str(), cell.difference.c_str());
  }
  std::printf("%zu cells computed again: %lld with the same bits, %lld different", found.cells.size(),
              static_cast<long long>(static_cast<std::int64_t>(found.cells.size()) - different),
              static_cast<long long>(different));
  if (found.missing > 0)
    std::printf("; %lld of the plan are not in the store under their present key",
                static_cast<long long>(found.missing));
  std::printf("\n");
  if (different > 0) return static_cast<int>(ErrorKind::environment);
  if (found.cells.empty())
    throw InputError(options.run + ": no cell of this run can be verified: none has its present key");
  return 0;
}

}  // namespace ito::experiments
