// Rounding to nearest, and denormals kept: what every recorded number assumes of the processor (see the contract).
#pragma once

namespace ito {

// Throws EnvironmentError unless this thread rounds to nearest and neither reads (DAZ) nor writes (FTZ) denormals as
// zero. A library built with -ffast-math turns FTZ and DAZ on for a whole process when it is loaded; a new thread
// begins as the thread that starts it.
void require_float_environment();

}  // namespace ito
