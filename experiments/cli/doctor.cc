#include <cstdio>

#include "experiments/cli/commands.h"
#include "experiments/cli/json.h"
#include "experiments/cli/version.h"
#include "experiments/run/machine.h"
#include "kernels/core/context.h"
#include "kernels/core/simd_target.h"

namespace ito::experiments {

int doctor_command(const DoctorOptions& options) {
  const Doctor doctor{.cpu = cpu_name(),
                      .simd = std::string(simd_target_name(simd_target())),
                      .threads = default_context().threads,
                      .gpu = gpu_name(),
                      .libraries = library_versions()};
  if (options.json) {
    std::fputs(doctor_json(doctor).c_str(), stdout);
    return 0;
  }
  std::printf("ito        %s\n", kVersion);
  std::printf("processor  %s\n", doctor.cpu.c_str());
  std::printf("simd       %s (supported: avx2%s)\n", doctor.simd.c_str(),
              simd_target_supported(SimdTarget::avx512) ? ", avx512" : "");
  std::printf("threads    %d\n", doctor.threads);
  std::printf("gpu        %s\n", doctor.gpu ? doctor.gpu->c_str() : "none");
  std::printf("rounding   to nearest, denormals kept\n");
  for (const auto& [name, version] : doctor.libraries) std::printf("%-14s %s\n", name.c_str(), version.c_str());
  return 0;
}

}  // namespace ito::experiments
