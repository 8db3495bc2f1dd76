#include "autograd/tape.h"

#include <memory>

#include "autograd/arithmetic.h"

namespace ito {
namespace {

// y = x^2, with a count of how often its gradient ran, and a witness of the closure's life.
Tensor square(const Tensor& x, int* runs = nullptr, std::shared_ptr<int> witness = nullptr) {
  Tensor y = Tensor::like(x);
  for (std::size_t i = 0; i < x.span<double>().size(); ++i)
    y.mutable_span<double>()[i] = x.span<double>()[i] * x.span<double>()[i];
  record("square", y, {x}, [x, runs, witness](const Tensor& dy) {
    if (runs != nullptr) ++*runs;
    Tensor dx = Tensor::like(x);
    for (std::size_t i = 0; i < x.span<double>().size(); ++i)
      dx.mutable_span<double>()[i] = 2 * x.span<double>()[i] * dy.span<double>()[i];
    return Grads{dx};
  });
  return y;
}

// z = x + y; the gradient hands out one storage twice.
Tensor plus(const Tensor& x, const Tensor& y) {
  Tensor z = combine({{1, x}, {1, y}});
  record(
      "plus", z, {x, y},
      [](const Tensor& dz) {
        return Grads{dz, dz};
      },
      Keeps::nothing);
  return z;
}

Tensor leaf(std::vector<double> values) {
  Tensor x = Tensor::from<double>(values, {static_cast<std::int64_t>(values.size())});
  Tape::current().watch(x);
  return x;
}

TEST(Tape, ChainsAndAddsFanOut) {
  Tape::current().clear();
  Tensor x = leaf({3});
  const Tensor y = square(x);                    // x^2
  const Tensor z = plus(square(y), plus(y, x));  // x^4 + x^2 + x
  const auto g = Tape::current().gradients(z, std::vector{x});
  EXPECT_EQ(g[0].item(), 4 * 27 + 2 * 3 + 1);
  EXPECT_EQ(Tape::current().nodes(), 0);
  EXPECT_FALSE(x.on_tape());
}

// What the order of adding fan-out is, seen in the rounding: nodes run from last to first.
TEST(Tape, AddsFanOutFromLastToFirst) {
  Tape::current().clear();
  Tensor x = leaf({1});
  std::vector<double> arrived;
  const auto scaled = [&](double c) {
    Tensor y = combine({{c, x}});
    record(
        "scaled", y, {x},
        [c](const Tensor& dy) {
          return Grads{combine({{c, dy}})};
        },
        Keeps::nothing);
    return y;
  };
  const Tensor a = scaled(1e16), b = scaled(1), c = scaled(-1e16);
  const Tensor sum = plus(plus(a, b), c);
  // c first, then b, then a: (-1e16 + 1) + 1e16, where -1e16 + 1 rounds to -1e16 + 0 or + 2 (ulp 2, ties to even).
  EXPECT_EQ(Tape::current().gradients(sum, std::vector{x})[0].item(), (-1e16 + 1) + 1e16);
  EXPECT_NE((-1e16 + 1) + 1e16, (1e16 - 1e16) + 1);
}

TEST(Tape, ResultsShareStorageWithNothing) {
  Tape::current().clear();
  Tensor x = leaf({1, 2}), y = leaf({3, 4});
  const Tensor z = plus(x, y);
  const Tensor dz = Tensor::from<double>({5, 6}, {2});
  auto g = Tape::current().vector_jacobian(z, dz, std::vector{x, y, x});
  for (Tensor& gradient : g) {
    EXPECT_TRUE(gradient.sole_owner());
    EXPECT_EQ(gradient.span<double>()[1], 6.0);
  }
}

TEST(Tape, ViewsCarryGradients) {
  Tape::current().clear();
  Tensor x = leaf({1, 2, 3, 4, 5, 6});
  const Tensor m = x.reshape({3, 2});
  const Tensor right = m.slice_last(1, 2);        // 2, 4, 6
  const Tensor middle = right.slice_first(1, 2);  // 4
  const Tensor y = square(middle.reshape({1}));
  const auto g = Tape::current().gradients(y, std::vector{x});
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(g[0].span<double>()[i], i == 3 ? 8.0 : 0.0);
}

TEST(Tape, RunsOnlyWhatIsWanted) {
  Tape::current().clear();
  Tensor x = leaf({2}), y = leaf({5});
  int runs_x = 0, runs_y = 0;
  const Tensor z = plus(square(x, &runs_x), square(y, &runs_y));
  const auto g = Tape::current().gradients(z, std::vector{y});
  EXPECT_EQ(g[0].item(), 10.0);
  EXPECT_EQ(runs_x, 0);
  EXPECT_EQ(runs_y, 1);
}

TEST(Tape, TellsClosuresWhichInputsAreWanted) {
  Tape::current().clear();
  Tensor x = leaf({2});
  const Tensor constant = Tensor::from<double>({5}, {1});
  Tensor z = plus(x, constant);
  std::vector<bool> wanted;
  record("probe", z, {x, constant}, [&](const Tensor& dz) {
    wanted = {gradient_wanted(0), gradient_wanted(1)};
    return Grads{dz, Tensor()};
  });
  Tape::current().gradients(z, std::vector{x});
  EXPECT_EQ(wanted, (std::vector{true, false}));
}

TEST(Tape, ForgetsUnderNoGradAndWithoutLeaves) {
  Tape::current().clear();
  Tensor x = leaf({2});
  {
    const NoGrad outer;
    { const NoGrad inner; }
    EXPECT_FALSE(square(x).on_tape());
  }
  EXPECT_TRUE(square(x).on_tape());
  EXPECT_FALSE(square(x.clone()).on_tape());
  EXPECT_EQ(Tape::current().nodes(), 2);
}

TEST(Tape, DestroysClosuresAsItGoes) {
  Tape::current().clear();
  Tensor x = leaf({2});
  auto first = std::make_shared<int>(0), second = std::make_shared<int>(0);
  const std::weak_ptr<int> first_alive = first, second_alive = second;
  long alive_during_first = -1;
  const Tensor y = square(x, nullptr, first);
  Tensor probe = y.clone();
  record("probe", probe, {y}, [&](const Tensor& dy) {
    alive_during_first = second_alive.use_count();
    return Grads{dy};
  });
  const Tensor z = square(probe, nullptr, std::move(second));
  first.reset();
  EXPECT_EQ(second_alive.use_count(), 1);
  Tape::current().gradients(z, std::vector{x});
  EXPECT_EQ(alive_during_first, 0);
  EXPECT_TRUE(first_alive.expired());
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const InputError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Tape, NoticesOverwrittenTensors) {
  Tape::current().clear();
  Tensor x = leaf({2});
  Tensor y = square(x);
  x.mutable_span<double>()[0] = 3;
  EXPECT_NE(message_of([&] { Tape::current().gradients(y, std::vector{x}); }).find("square: an input was overwritten"),
            std::string::npos);
  EXPECT_EQ(Tape::current().nodes(), 0) << "a failed run must clear the tape";

  // A result that its closure keeps; one that it does not keep may be overwritten.
  for (const Keeps keeps : {Keeps::output, Keeps::nothing}) {
    Tape::current().watch(x);
    Tensor z = x.clone();
    record(
        "copy", z, {x}, [z](const Tensor& dz) { return Grads{dz}; }, keeps);
    z.mutable_span<double>()[0] = 1;
    const std::string message = message_of([&] { Tape::current().gradients(z, std::vector{x}); });
    EXPECT_EQ(message.find("copy: its result was overwritten") != std::string::npos, keeps == Keeps::output) << message;
  }
}

TEST(Tape, RefusesWhatHasNoMeaning) {
  Tape::current().clear();
  Tensor x = leaf({2, 3});
  EXPECT_THROW(Tape::current().gradients(square(x), std::vector{x}), InputError);  // not one element
  x = leaf({2});
  Tensor y = square(x);
  Tape::current().clear();
  EXPECT_THROW(Tape::current().gradients(y, std::vector<Tensor>{}), InputError);  // of a recording that is gone
  x = leaf({2});
  y = square(x);
  EXPECT_THROW(Tape::current().watch(x), InputError);                              // a leaf
  EXPECT_THROW(Tape::current().watch(y), InputError);                              // a result
  EXPECT_THROW(Tape::current().gradients(square(y), std::vector{y}), InputError);  // not a leaf
  Tensor labels = Tensor::full({2}, 1, DType::i32);
  EXPECT_THROW(Tape::current().watch(labels), InputError);

  x = leaf({2});
  y = x.clone();
  record("nested", y, {x}, [&x, &y](const Tensor& dy) {
    Tape::current().gradients(y, std::vector{x});
    return Grads{dy};
  });
  EXPECT_NE(message_of([&] { Tape::current().gradients(y, std::vector{x}); }).find("first-order"), std::string::npos);

  x = leaf({2});
  y = x.clone();
  record("misshapen", y, {x}, [](const Tensor&) { return Grads{Tensor::zeros({2}, DType::f64)}; });
  EXPECT_NE(message_of([&] { Tape::current().gradients(y, std::vector{x}); }).find("misshapen"), std::string::npos);
}

TEST(Tape, LossWithoutLeavesHasZeroGradients) {
  Tape::current().clear();
  Tensor x = leaf({2, 3});
  const Tensor loss = Tensor::scalar(7, DType::f64);
  const auto g = Tape::current().gradients(loss, std::vector{x});
  EXPECT_EQ(g[0].span<double>()[1], 0.0);
}

}  // namespace
}  // namespace ito
