// Every operator's gradient over a table of shapes, against central differences in double.
#include <array>

#include "autograd/gradcheck.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "kernels/random/random.h"

namespace ito {
namespace {

using Inputs = std::span<const Tensor>;

// Uniform in [low, high], another draw for each `sample`.
Tensor random_tensor(const Shape& shape, std::uint32_t sample, double low, double high) {
  Tensor x = Tensor::empty(shape, DType::f64);
  std::uint32_t element = 0;
  for (double& value : x.mutable_span<double>())
    value = low + (high - low) * random_uniform(RandomKey(7, 0, Stream::test), sample, element++);
  return x;
}

struct Case {
  const char* name;
  GradcheckFunction f;
  std::vector<Shape> shapes;  // of the inputs
  double low = -2;
  double high = 2;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    std::vector<Tensor> inputs;
    std::string shapes;
    for (const Shape& shape : c.shapes) {
      inputs.push_back(random_tensor(shape, static_cast<std::uint32_t>(inputs.size()), c.low, c.high));
      shapes += " " + shape.text();
    }
    EXPECT_EQ(gradcheck(c.f, inputs), "") << c.name << shapes;
  }
}

TEST(Gradcheck, SeesAWrongGradient) {
  const Tensor x = random_tensor({5}, 0, -2, 2);
  const auto cube = [](double error) {
    return [error](Inputs in) {
      Tensor y = Tensor::like(in[0]);
      for (std::size_t i = 0; i < 5; ++i) y.mutable_span<double>()[i] = std::pow(in[0].span<double>()[i], 3);
      record("cube", y, {in[0]}, [x = in[0], error](const Tensor& dy) {
        Tensor dx = Tensor::like(x);
        for (std::size_t i = 0; i < 5; ++i)
          dx.mutable_span<double>()[i] = (3 + error) * std::pow(x.span<double>()[i], 2) * dy.span<double>()[i];
        return Grads{dx};
      });
      return y;
    };
  };
  EXPECT_EQ(gradcheck(cube(0), {x}), "");
  EXPECT_NE(gradcheck(cube(1e-6), {x}), "");
}

TEST(Gradcheck, Products) {
  const auto as = [](Product form) { return [form](Inputs x) { return matmul(x[0], x[1], form); }; };
  std::vector<Case> cases;
  for (const auto& [m, n, k] :
       std::vector<std::array<std::int64_t, 3>>{{1, 1, 1}, {3, 5, 4}, {7, 2, 9}, {2, 3, 0}, {0, 3, 2}}) {
    cases.push_back({"nn", as(Product::nn), {{m, k}, {k, n}}});
    cases.push_back({"nt", as(Product::nt), {{m, k}, {n, k}}});
    cases.push_back({"tn", as(Product::tn), {{k, m}, {k, n}}});
    cases.push_back({"nn batch", as(Product::nn), {{3, m, k}, {3, k, n}}});
    cases.push_back({"nt batch", as(Product::nt), {{2, 2, m, k}, {2, 2, n, k}}});
    cases.push_back({"tn batch", as(Product::tn), {{3, k, m}, {3, k, n}}});
    cases.push_back({"nn shared", as(Product::nn), {{3, m, k}, {k, n}}});
    cases.push_back({"nt shared", as(Product::nt), {{3, m, k}, {n, k}}});
  }
  cases.push_back({"of views",
                   [](Inputs x) { return matmul(x[0].slice_last(1, 4), x[1].slice_last(2, 5), Product::nt); },
                   {{4, 5}, {3, 6}}});
  cases.push_back({"batch of views",
                   [](Inputs x) { return matmul(x[0].slice_last(1, 4), x[1].slice_last(0, 3), Product::nt); },
                   {{2, 4, 5}, {2, 3, 6}}});
  cases.push_back(
      {"shared, of views", [](Inputs x) { return matmul(x[0].slice_last(1, 4), x[1]); }, {{2, 3, 5}, {3, 2}}});
  check(cases);
}

TEST(Gradcheck, Linear) {
  const auto f = [](Inputs x) { return linear(x[0], x[1], x[2]); };
  check({
      {"linear", f, {{4, 3}, {3, 5}, {5}}},
      {"of a vector", f, {{3}, {3, 5}, {5}}},
      {"without bias", [](Inputs x) { return linear(x[0], x[1], Tensor()); }, {{2, 3, 3}, {3, 2}}},
      {"of a view", [](Inputs x) { return linear(x[0].slice_last(1, 4), x[1], x[2]); }, {{2, 2, 5}, {3, 4}, {4}}},
      {"shared weight", [](Inputs x) { return linear(linear(x[0], x[1], x[2]), x[1], x[2]); }, {{4, 3}, {3, 3}, {3}}},
  });
}

TEST(Gradcheck, Reductions) {
  const Tensor target = random_tensor({4, 3}, 9, -1, 1);
  const std::vector<double> weights = {0.5, 2, 0, 1.25};
  check({
      {"sum", [](Inputs x) { return sum(x[0]); }, {{3, 4}}},
      {"sum of a view", [](Inputs x) { return sum(x[0].slice_last(1, 3)); }, {{3, 4}}},
      {"mean", [](Inputs x) { return mean(x[0]); }, {{2, 3, 4}}},
      {"sum_of_rows", [](Inputs x) { return sum_of_rows(x[0]); }, {{2, 3, 4}}},
      {"sum_of_rows of a view", [](Inputs x) { return sum_of_rows(x[0].slice_last(0, 3)); }, {{5, 4}}},
      {"squared_error", [](Inputs x) { return squared_error(x[0], x[1], 0.3); }, {{4, 3}, {4, 3}}},
      {"squared_error, weights", [&](Inputs x) { return squared_error(x[0], target, 0.3, weights); }, {{4, 3}}},
      {"mean_squared_error", [](Inputs x) { return mean_squared_error(x[0], x[1]); }, {{4, 3}, {4, 3}}},
  });
}

TEST(Gradcheck, LayoutAndFanOut) {
  check({
      {"permute",
       [](Inputs x) {
         return permute(x[0], {2, 0, 1});
       },
       {{2, 3, 4}}},
      {"permute of a view",
       [](Inputs x) {
         return permute(x[0].slice_last(1, 3), {1, 0});
       },
       {{3, 4}}},
      {"join first",
       [](Inputs x) {
         return concatenate({x[0], x[1], x[0]}, Axis::first);
       },
       {{2, 3}, {4, 3}}},
      {"join last",
       [](Inputs x) {
         return concatenate({x[0], x[1], x[0]}, Axis::last);
       },
       {{2, 3}, {2, 1}}},
      {"join views",
       [](Inputs x) {
         return concatenate({x[0].slice_last(1, 2), x[0]}, Axis::last);
       },
       {{2, 3}}},
      {"slices",
       [](Inputs x) { return matmul(x[0].slice_first(0, 2).slice_last(1, 4), x[0].slice_first(1, 4)); },
       {{4, 4}}},
      {"reshape",
       [](Inputs x) {
         return matmul(x[0].reshape({3, 4}), x[0].reshape({4, 3}));
       },
       {{2, 6}}},
      {"fan-out", [](Inputs x) { return matmul(matmul(x[0], x[0]), x[0], Product::tn); }, {{3, 3}}},
  });
}

}  // namespace
}  // namespace ito
