// Times that mean the same on every path.
#pragma once

#include "samplers/path.h"

namespace ito::experiments {

// `fraction` of the way from data to noise on the path's clock; edm's clock is sigma, so there it is the way in log
// sigma.
Time clock_time(const Path& path, double fraction);

}  // namespace ito::experiments
