#include "autograd/optim/clip.h"

#include "kernels/core/error.h"

namespace ito {
namespace {

TEST(Clip, ScalesOnlyWhatIsTooLong) {
  std::vector<Tensor> g = {Tensor::from<float>({3, 0}, {2}), Tensor::from<float>({4}, {1})};
  EXPECT_EQ(global_norm(g), 5.0);
  EXPECT_EQ(clip_by_global_norm(g, 5), 5.0);
  EXPECT_EQ(g[1].item(), 4.0);
  EXPECT_EQ(clip_by_global_norm(g, 2.5), 5.0);
  EXPECT_EQ(g[0].span<float>()[0], 1.5f);
  EXPECT_EQ(g[1].item(), 2.0);
  EXPECT_THROW(clip_by_global_norm(g, 0), InputError);
}

}  // namespace
}  // namespace ito
