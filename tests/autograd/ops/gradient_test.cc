// Every operator's gradient over a table of shapes, against central differences in double.
#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "autograd/tape.h"
#include "tests/autograd/ops/gradient_cases.h"
#include "tests/support/tree.h"

namespace ito {
namespace {

using test::Case;
using test::check;
using test::Inputs;
using test::random_tensor;

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

// A new operator without a case here is a failing test: every function that ops.h declares and every name that the
// tape is given must be called in a file of gradchecks.
TEST(Gradcheck, CoversEveryOperator) {
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto names_in = [](const std::string& text, const std::regex& pattern) {
    std::set<std::string> names;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
      names.insert((*match)[1]);
    return names;
  };
  const std::filesystem::path autograd = tree_root() / "autograd";
  std::set<std::string> operators = names_in(text_of(autograd / "ops/ops.h"), std::regex(R"re(\nTensor (\w+)\()re"));
  EXPECT_GT(operators.size(), 25u) << "the test looked in the wrong place";
  operators.erase("timestep_features");  // a constant
  for (const auto& entry : std::filesystem::recursive_directory_iterator(autograd))
    if (entry.path().extension() == ".cc")
      operators.merge(names_in(text_of(entry.path()), std::regex(R"re(\brecord\(\s*"(\w+)")re")));
  // Called in a file of tests that holds gradients against central differences.
  std::set<std::string> called;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(tree_root() / "tests/autograd")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = text_of(entry.path());
    const auto has = [&text](const char* part) { return text.find(part) != std::string::npos; };
    if (has("gradcheck(") || has("gradient_cases.h"))
      called.merge(names_in(text, std::regex(R"re([\s.(\[{](\w+)(?=\(|\}))re")));
  }
  for (const std::string& name : operators) EXPECT_TRUE(called.contains(name)) << name << "() has no gradcheck";
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
  std::vector<Case> cases;
  for (const Activation activation :
       {Activation::none, Activation::silu, Activation::gelu, Activation::gelu_tanh, Activation::tanh}) {
    const auto f = [activation](Inputs x) { return linear(x[0], x[1], x[2], activation); };
    cases.push_back({"linear", f, {{4, 3}, {3, 5}, {5}}});
    cases.push_back({"of a vector", f, {{3}, {3, 5}, {5}}});
    cases.push_back({"without bias",
                     [activation](Inputs x) { return linear(x[0], x[1], Tensor(), activation); },
                     {{2, 3, 3}, {3, 2}}});
    cases.push_back({"of a view",
                     [activation](Inputs x) { return linear(x[0].slice_last(1, 4), x[1], x[2], activation); },
                     {{2, 2, 5}, {3, 4}, {4}}});
    cases.push_back({"shared weight",
                     [f](Inputs x) {
                       return f(std::array{f(x), x[1], x[2]});
                     },
                     {{4, 3}, {3, 3}, {3}}});
  }
  check(cases);
}

TEST(Gradcheck, Unary) {
  const auto of = [](Tensor (*f)(const Tensor&)) { return [f](Inputs x) { return f(x[0]); }; };
  const auto of_view = [](Tensor (*f)(const Tensor&)) { return [f](Inputs x) { return f(x[0].slice_last(1, 3)); }; };
  std::vector<Case> cases;
  for (const auto& [name, f] :
       std::vector<std::pair<const char*, Tensor (*)(const Tensor&)>>{{"square", square},
                                                                      {"exp", exp},
                                                                      {"tanh", tanh},
                                                                      {"sigmoid", sigmoid},
                                                                      {"silu", silu},
                                                                      {"gelu", gelu},
                                                                      {"gelu_tanh", gelu_tanh}}) {
    cases.push_back({name, of(f), {{3, 7}}, -4, 4});
    cases.push_back({name, of_view(f), {{3, 4}}, -4, 4});
  }
  for (const auto& [name, f] :
       std::vector<std::pair<const char*, Tensor (*)(const Tensor&)>>{{"sqrt", sqrt}, {"log", log}}) {
    cases.push_back({name, of(f), {{3, 7}}, 0.5, 4});
    cases.push_back({name, of_view(f), {{3, 4}}, 0.5, 4});
  }
  // Both sides of the bounds, which no draw comes within 1e-4 of.
  cases.push_back({"clamp", [](Inputs x) { return clamp(x[0], -1, 0.5); }, {{4, 9}}});
  cases.push_back({"clamp of a view", [](Inputs x) { return clamp(x[0].slice_last(1, 3), -1, 0.5); }, {{4, 4}}});
  check(cases);
}

TEST(Gradcheck, Binary) {
  const std::vector<double> factors = {0.5, -2, 0};
  std::vector<Case> cases;
  for (const auto& [name, f] : std::vector<std::pair<const char*, Tensor (*)(const Tensor&, const Tensor&)>>{
           {"add", add}, {"sub", sub}, {"mul", mul}, {"div", div}}) {
    cases.push_back({name, [f = f](Inputs x) { return f(x[0], x[1]); }, {{3, 5}, {3, 5}}, 0.5, 2});
    cases.push_back({name, [f = f](Inputs x) { return f(x[0].slice_last(1, 3), x[1]); }, {{3, 5}, {3, 2}}, -2, -0.5});
    cases.push_back({name, [f = f](Inputs x) { return f(x[0], x[0]); }, {{2, 3}}, 0.5, 2});
    cases.push_back({name, [f = f](Inputs x) { return f(f(x[0], x[1]), f(x[1], x[0])); }, {{4}, {4}}, 0.5, 2});
  }
  cases.push_back({"add_row", [](Inputs x) { return add_row(x[0], x[1]); }, {{2, 3, 4}, {4}}});
  cases.push_back({"add_row of a view", [](Inputs x) { return add_row(x[0].slice_last(1, 3), x[1]); }, {{3, 4}, {2}}});
  cases.push_back({"affine", [](Inputs x) { return affine(x[0], -1.5, 0.25); }, {{3, 4}}});
  cases.push_back({"scale", [](Inputs x) { return scale(x[0].slice_last(0, 2), 3); }, {{3, 4}}});
  cases.push_back({"scale_per_sample", [&](Inputs x) { return scale_per_sample(x[0], factors); }, {{3, 2, 2}}});
  check(cases);
}

// Extents 0 .. 6 drawn for 24 draws: what no table thought of.
TEST(Gradcheck, RandomShapes) {
  std::vector<Case> cases;
  for (std::uint32_t draw = 0; draw < 24; ++draw) {
    std::uint32_t element = 0;
    const auto extent = [&]() -> std::int64_t {
      return random_below(RandomKey(11, 0, Stream::test), draw, element++, 7);
    };
    const std::int64_t a = extent(), b = extent(), c = extent(), d = extent() % 3;
    cases.push_back({"matmul", [](Inputs x) { return matmul(x[0], x[1]); }, {{d, a, b}, {d, b, c}}});
    cases.push_back(
        {"linear", [](Inputs x) { return linear(x[0], x[1], x[2], Activation::silu); }, {{d, a, b}, {b, c}, {c}}});
    cases.push_back({"div of sums",
                     [](Inputs x) { return div(add(x[0], x[1]), add_row(x[0], x[2])); },
                     {{a, d, c}, {a, d, c}, {c}},
                     0.5,
                     2});
    cases.push_back({"permuted softmax", [](Inputs x) { return softmax(permute(x[0], {1, 2, 0})); }, {{a, b, c}}});
    cases.push_back({"join and cut",
                     [a](Inputs x) {
                       return mul(concatenate({x[0], x[1]}, Axis::last).slice_last(a, 2 * a), x[2]);
                     },
                     {{b, a}, {b, a}, {b, a}}});
  }
  check(cases);
}

TEST(Gradcheck, Softmax) {
  check({
      {"softmax", [](Inputs x) { return softmax(x[0]); }, {{3, 5}}},
      {"softmax of a view", [](Inputs x) { return softmax(x[0].slice_last(1, 4)); }, {{2, 2, 5}}},
      {"log_softmax", [](Inputs x) { return log_softmax(x[0]); }, {{3, 5}}},
      {"log_softmax of a view", [](Inputs x) { return log_softmax(x[0].slice_last(1, 4)); }, {{2, 2, 5}}},
  });
}

TEST(Gradcheck, Embedding) {
  const Tensor indices = Tensor::from<std::int32_t>({2, 0, 2, 3, 2, 0}, {2, 3});  // repeated, and one never
  check({
      {"embedding", [&](Inputs x) { return embedding(x[0], indices); }, {{5, 3}}},
      {"embedding from a view", [&](Inputs x) { return embedding(x[0].slice_last(1, 3), indices); }, {{4, 3}}},
      {"embedding of a view", [&](Inputs x) { return embedding(x[0], indices.slice_last(1, 2)); }, {{4, 3}}},
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
