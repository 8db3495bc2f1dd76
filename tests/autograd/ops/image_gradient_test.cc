// Gradients of what image networks do between convolutions: rows of each sample, pooling, resampling.
#include "tests/autograd/ops/gradient_cases.h"

namespace ito {
namespace {

using test::Inputs;

TEST(Gradcheck, RowsOfSamples) {
  test::check({
      {"add_per_sample", [](Inputs x) { return add_per_sample(x[0], x[1]); }, {{2, 3, 2, 5}, {2, 5}}},
      {"add_per_sample of views",
       [](Inputs x) { return add_per_sample(x[0].slice_last(1, 4), x[1].slice_last(0, 3)); },
       {{2, 3, 5}, {2, 4}}},
      {"gated_residual", [](Inputs x) { return gated_residual(x[0], x[1], x[2]); }, {{2, 3, 5}, {2, 5}, {2, 3, 5}}},
      {"gated_residual of views",
       [](Inputs x) { return gated_residual(x[0].slice_last(1, 4), x[1].slice_last(1, 4), x[0].slice_last(2, 5)); },
       {{2, 3, 5}, {2, 4}}},
      {"gate of itself", [](Inputs x) { return gated_residual(x[0], x[0], x[0]); }, {{3, 4}}},
      {"global_average_pool", [](Inputs x) { return global_average_pool(x[0]); }, {{2, 3, 2, 5}}},
      {"global_average_pool of a view",
       [](Inputs x) { return global_average_pool(x[0].slice_last(1, 3)); },
       {{2, 3, 4}}},
  });
}

// Elements are apart by more than the differences' step.
TEST(Gradcheck, Pooling) {
  std::vector<test::Case> cases;
  for (const PoolOptions options : {PoolOptions{}, PoolOptions{.size = 3, .stride = 2, .padding = 1},
                                    PoolOptions{.size = 3, .stride = 1, .padding = 1, .count_include_pad = false}}) {
    cases.push_back({"average_pool", [=](Inputs x) { return average_pool(x[0], options); }, {{2, 5, 4, 3}}});
    cases.push_back({"max_pool", [=](Inputs x) { return max_pool(x[0], options); }, {{2, 5, 4, 3}}});
  }
  cases.push_back(
      {"average_pool of a view", [](Inputs x) { return average_pool(x[0].slice_last(1, 3)); }, {{1, 4, 4, 4}}});
  cases.push_back({"max_pool of a view", [](Inputs x) { return max_pool(x[0].slice_last(1, 3)); }, {{1, 4, 4, 4}}});
  test::check(cases);
}

TEST(Gradcheck, Resampling) {
  test::check({
      {"upsample_nearest", [](Inputs x) { return upsample_nearest(x[0], 2); }, {{2, 3, 2, 3}}},
      {"upsample_nearest of a view",
       [](Inputs x) { return upsample_nearest(x[0].slice_last(1, 3), 3); },
       {{1, 2, 2, 4}}},
      {"resize_bilinear, larger", [](Inputs x) { return resize_bilinear(x[0], 7, 4); }, {{2, 3, 4, 3}}},
      {"resize_bilinear, smaller", [](Inputs x) { return resize_bilinear(x[0], 2, 3); }, {{2, 5, 7, 2}}},
      {"resize_bilinear of a view",
       [](Inputs x) { return resize_bilinear(x[0].slice_last(1, 3), 4, 4); },
       {{1, 2, 2, 4}}},
  });
}

TEST(ImageOperators, RefuseWhatDoesNotFit) {
  const Tensor image = Tensor::zeros({2, 4, 4, 3}, DType::f32), row = Tensor::zeros({2, 3}, DType::f32);
  const Tensor other = Tensor::zeros({3, 2}, DType::f32);
  EXPECT_THROW(add_per_sample(image, other), InputError);
  EXPECT_THROW(add_per_sample(image, Tensor::zeros({2, 3}, DType::f64)), InputError);
  EXPECT_THROW(gated_residual(image, row, row), InputError);
  EXPECT_THROW(gated_residual(image, Tensor(), image), InputError);
  EXPECT_THROW(global_average_pool(Tensor::zeros({2, 0, 3}, DType::f32)), InputError);
  EXPECT_THROW(average_pool(row), InputError);
  EXPECT_THROW(max_pool(image, {.size = 5}), InputError);
  EXPECT_THROW(max_pool(image, {.size = 2, .stride = 1, .padding = 2}), InputError);
  EXPECT_THROW(upsample_nearest(image, 0), InputError);
  EXPECT_THROW(upsample_nearest(row, 2), InputError);
  EXPECT_THROW(resize_bilinear(image, 0, 3), InputError);
}

}  // namespace
}  // namespace ito
