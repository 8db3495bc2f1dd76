#include "autograd/optim/ema.h"

#include "kernels/core/error.h"

namespace ito {
namespace {

TEST(Ema, FollowsItsParametersWithAndWithoutWarmUp) {
  for (const bool warmup : {false, true}) {
    Tensor p = Tensor::from<double>({1, -2}, {2});
    Ema ema({{"p", p}}, 0.9, warmup);
    double a = 1;
    for (int n = 0; n < 100; ++n) {
      p.mutable_span<double>()[0] = n;
      ema.update();
      const double d = warmup ? std::min(0.9, (1.0 + n) / (10.0 + n)) : 0.9;
      a = d * a + (1 - d) * n;
      EXPECT_NEAR(ema.values()[0].value.span<double>()[0], a, 1e-13 * (1 + std::fabs(a)));
    }
    EXPECT_NEAR(ema.values()[0].value.span<double>()[1], -2, 1e-14);
    EXPECT_EQ(ema.values()[0].name, "p");
    EXPECT_EQ(ema.updates(), 100);
  }
}

TEST(Ema, KeepsACopyNotTheParameters) {
  Tensor p = Tensor::from<float>({1}, {1});
  Ema ema({{"p", p}}, 0.5);
  p.mutable_span<float>()[0] = 9;
  EXPECT_EQ(ema.values()[0].value.item(), 1.0);
  EXPECT_THROW(Ema({{"p", p}}, 1.5), InputError);
}

}  // namespace
}  // namespace ito
