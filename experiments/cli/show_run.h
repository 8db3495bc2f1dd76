// What is seen of a run: the page, its tables on the terminal, or JSON.
#pragma once

#include "experiments/run/stored_run.h"

namespace ito::experiments {

// Writes the report into the run's folder, and prints JSON, or the findings, the tables and the page's path.
void show_run(const StoredRun& run, bool json);

}  // namespace ito::experiments
