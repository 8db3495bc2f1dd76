// What an entry point asks before it hands its arguments to simd.cc.
#pragma once

#include <string>

#include "kernels/core/context.h"
#include "kernels/core/error.h"

namespace ito::kernels {

// Throws EnvironmentError unless the context's device has a backend in this build.
inline void require_backend(const Context& context, const char* kernel) {
  if (context.device != Device::cpu)
    throw EnvironmentError(std::string(kernel) + ": this build has no " + device_name(context.device) + " backend");
}

}  // namespace ito::kernels
