#include "kernels/core/float_environment.h"

#include <limits>

#include "kernels/core/error.h"

namespace ito {

// By arithmetic, not by the control register: it holds on every processor. Volatile, lest the compiler do it.
void require_float_environment() {
  const volatile double one = 1, half_ulp = std::numeric_limits<double>::epsilon() / 2;
  const volatile double least_normal = std::numeric_limits<double>::min();
  const volatile double denormal = std::numeric_limits<double>::denorm_min();
  // 1 + ulp/2 is a tie, which goes to the even 1; 1 + 3 ulp/2 goes up to the even 1 + 2 ulp. Upwards fails the first,
  // downwards and towards zero the second.
  if (one + half_ulp != one || one + 3 * half_ulp != one + 4 * half_ulp)
    throw EnvironmentError("the processor does not round to nearest: numbers would not be those of other machines");
  // Before FTZ, as DAZ would read its comparison's left side as zero too.
  if (denormal / denormal != one)
    throw EnvironmentError("the processor reads denormals as zero (DAZ): a library built with -ffast-math?");
  if (!(least_normal / 2 > 0))
    throw EnvironmentError("the processor flushes denormal results to zero (FTZ): a library built with -ffast-math?");
}

}  // namespace ito
