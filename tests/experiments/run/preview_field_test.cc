// The stored field of denoisers that are known by hand.
#include "experiments/run/preview_field.h"

#include <algorithm>

#include "experiments/metrics/clock_time.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

// Expects x_0 at (px, py), wherever it is asked.
Denoiser expecting(const PathPtr& path, float px, float py) {
  return make_denoiser("expecting", Prediction::sample, path,
                       [px, py](const Tensor& x, std::span<const double>, const Tensor&) {
                         Tensor x0 = Tensor::like(x);
                         const auto xy = x0.mutable_span<float>();
                         for (std::size_t i = 0; i < xy.size(); ++i) xy[i] = i % 2 == 0 ? px : py;
                         return x0;
                       });
}

TEST(PreviewField, ArrowsLeadToTheShrunkenDataOnEveryPath) {
  const std::vector<float> corners = {-1, 0, 3, 2, 1, 1, 0, 0.5f};
  const Tensor x0 = Tensor::from(corners, Shape{4, 2});
  for (const Entry* entry : entries_of("path")) {
    SCOPED_TRACE(entry->name);
    const PathPtr path = make_path(entry->name);
    const FieldPreview field = preview_field(*path, expecting(path, 0.5f, -2), expecting(path, 1, 1), x0, 7);
    ASSERT_TRUE(field.consistent());
    const auto at = field.at.span<float>();
    const auto bounds = std::minmax_element(at.begin(), at.end());
    EXPECT_NEAR(*bounds.first, 1 - 2.2, 1e-6);  // around (1, 1), a tenth wider than the data's extent of 4
    EXPECT_NEAR(*bounds.second, 1 + 2.2, 1e-6);
    const auto times = field.times.span<double>();
    const auto arrows = field.network.span<float>();
    for (std::size_t t = 0; t < times.size(); ++t) {
      const double alpha = path->alpha(clock_time(*path, times[t]));
      const std::size_t base = t * at.size();
      for (std::size_t i = 0; i < at.size(); ++i) {
        const double want = alpha * (i % 2 == 0 ? 0.5 : -2) - double(at[i]);
        ASSERT_NEAR(arrows[base + i], want, 1e-5 * (1 + std::abs(want)));
      }
    }
  }
}

}  // namespace
}  // namespace ito::experiments
