#include "samplers/noise.h"

namespace ito {
namespace {

TEST(Noise, StandsBySampleStepSubstepAndSeed) {
  const Tensor like = Tensor::zeros({6, 3, 5}, DType::f64);
  const auto draw = [&](std::uint64_t seed, std::int64_t first, int step, int substep, const Tensor& shape) {
    const Tensor z = counter_noise(seed, first)({shape, step, substep, Time(1.0), Time(0.5)});
    const auto span = z.span<double>();
    return std::vector<double>(span.begin(), span.end());
  };
  const std::vector<double> all = draw(3, 0, 2, 0, like);
  // Sample 4's numbers do not depend on the batch it stands in.
  const std::vector<double> tail = draw(3, 4, 2, 0, Tensor::zeros({2, 3, 5}, DType::f64));
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(tail[i], all[60 + i]);
  EXPECT_NE(draw(4, 0, 2, 0, like), all);
  EXPECT_NE(draw(3, 0, 3, 0, like), all);
  EXPECT_NE(draw(3, 0, 2, 1, like), all);
}

TEST(Noise, FloatIsTheRoundedDouble) {
  const Tensor like_d = Tensor::zeros({4, 7}, DType::f64), like_f = Tensor::zeros({4, 7}, DType::f32);
  const Tensor d = counter_noise(9)({like_d, 1, 0, Time(1.0), Time(0.5)});
  const Tensor f = counter_noise(9)({like_f, 1, 0, Time(1.0), Time(0.5)});
  for (std::size_t i = 0; i < 28; ++i) EXPECT_EQ(f.span<float>()[i], static_cast<float>(d.span<double>()[i]));
}

TEST(Noise, TheStartIsAStreamOfItsOwn) {
  const Tensor start = initial_noise({5, 2}, DType::f64, 3);
  const Tensor later = initial_noise({2, 2}, DType::f64, 3, 3);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(later.span<double>()[i], start.span<double>()[6 + i]);
  const Tensor step = counter_noise(3)({start, 0, 0, Time(1.0), Time(0.5)});
  for (std::size_t i = 0; i < 10; ++i) EXPECT_NE(step.span<double>()[i], start.span<double>()[i]);
  EXPECT_THROW(initial_noise({}, DType::f64, 3), InputError);
}

}  // namespace
}  // namespace ito
