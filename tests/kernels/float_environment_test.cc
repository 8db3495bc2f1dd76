// Each deviation of the floating-point environment is noticed, and the one the tests run in has none.
#include "kernels/core/float_environment.h"

#include <xmmintrin.h>

#include <cfenv>
#include <thread>

#include "kernels/core/error.h"

namespace ito {
namespace {

// What require_float_environment says while the control register holds `bits` more; the register is put back.
std::string complaint(unsigned bits) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | bits);
  std::string message;
  try {
    require_float_environment();
  } catch (const EnvironmentError& error) {
    message = error.what();
  }
  _mm_setcsr(before);
  return message;
}

TEST(FloatEnvironment, IsTheContractsInEveryThread) {
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  EXPECT_EQ(complaint(0), "");
  std::string elsewhere = "not run";
  std::thread([&] { elsewhere = complaint(0); }).join();
  EXPECT_EQ(elsewhere, "");
}

TEST(FloatEnvironment, EveryDeviationIsNoticed) {
  for (const unsigned rounding : {0x2000u, 0x4000u, 0x6000u})  // down, up, towards zero
    EXPECT_NE(complaint(rounding).find("round to nearest"), std::string::npos) << std::hex << rounding;
  EXPECT_NE(complaint(0x8000u).find("FTZ"), std::string::npos);
  EXPECT_NE(complaint(0x0040u).find("DAZ"), std::string::npos);
}

}  // namespace
}  // namespace ito
