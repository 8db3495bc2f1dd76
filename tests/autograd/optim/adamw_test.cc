#include "autograd/optim/adamw.h"

#include "kernels/core/error.h"

namespace ito {
namespace {

// Algorithm 2 of the paper, in long double.
struct PaperAdamW {
  long double p, m = 0, v = 0;
  int t = 0;
  void step(long double g, long double rate, const AdamWOptions& o) {
    ++t;
    m = o.beta1 * m + (1 - static_cast<long double>(o.beta1)) * g;
    v = o.beta2 * v + (1 - static_cast<long double>(o.beta2)) * g * g;
    const long double m_hat = m / (1 - std::pow(static_cast<long double>(o.beta1), t));
    const long double v_hat = v / (1 - std::pow(static_cast<long double>(o.beta2), t));
    p -= rate * (m_hat / (std::sqrt(v_hat) + o.epsilon) + o.weight_decay * p);
  }
};

TEST(AdamW, FollowsThePaper) {
  for (const double decay : {0.0, 0.1}) {
    const AdamWOptions options{.weight_decay = decay};
    Tensor p = Tensor::from<double>({1.5, -0.5, 0}, {3});
    AdamW optimizer({{"p", p}}, options);
    std::vector<PaperAdamW> paper = {{1.5L}, {-0.5L}, {0.0L}};
    for (int t = 0; t < 50; ++t) {
      const double rate = 1e-2 / (1 + t);
      std::vector<double> g;
      for (int i = 0; i < 3; ++i) g.push_back(std::sin(1.3 * t + i) * std::pow(10, i - 2));
      optimizer.step(std::vector{Tensor::from(g, {3})}, rate);
      for (std::size_t i = 0; i < 3; ++i) paper[i].step(g[i], rate, options);
    }
    // Each of 50 steps rounds a few numbers of size 1.
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(p.span<double>()[i], static_cast<double>(paper[i].p), 50 * 8 * 2.3e-16);
  }
}

TEST(AdamW, ResumesFromItsState) {
  Tensor p = Tensor::from<float>({1, 2}, {2});
  AdamW whole({{"p", p}}, {});
  const std::vector<Tensor> g = {Tensor::from<float>({0.5f, -3}, {2})};
  for (int t = 0; t < 3; ++t) whole.step(g, 0.1);

  Tensor q = p.clone();
  AdamW resumed({{"p", q}}, {});
  std::vector<std::pair<std::string, Tensor>> saved;
  whole.state([&](const std::string& name, Tensor& value) { saved.emplace_back(name, value.clone()); });
  ASSERT_EQ(saved.size(), 2u);
  EXPECT_EQ(saved[0].first, "p.m");
  std::size_t i = 0;
  resumed.state([&](const std::string&, Tensor& value) { value.copy_from(saved[i++].second); });
  resumed.set_steps(whole.steps());
  whole.step(g, 0.1);
  resumed.step(g, 0.1);
  EXPECT_EQ(p.span<float>()[0], q.span<float>()[0]);
  EXPECT_EQ(p.span<float>()[1], q.span<float>()[1]);
}

TEST(AdamW, RefusesNonsense) {
  Tensor p = Tensor::from<float>({1, 2}, {2});
  EXPECT_THROW(AdamW({{"p", p}}, {.beta1 = 1}), InputError);
  EXPECT_THROW(AdamW({{"p", p}}, {.epsilon = 0}), InputError);
  EXPECT_THROW(AdamW({{"p", p}}, {.weight_decay = -1}), InputError);
  AdamW optimizer({{"p", p}}, {});
  EXPECT_THROW(optimizer.step({}, 0.1), InputError);
  EXPECT_THROW(optimizer.step(std::vector{Tensor::zeros({3}, DType::f32)}, 0.1), InputError);
}

}  // namespace
}  // namespace ito
