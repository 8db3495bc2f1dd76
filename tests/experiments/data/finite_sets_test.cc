// Data sets that are arrays: Fashion-MNIST, anybody's own, their draws and their fitted formulas.
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "autograd/io/atomic_file.h"
#include "autograd/io/inflate.h"
#include "autograd/io/npy.h"
#include "experiments/data/class_moments.h"
#include "experiments/data/finite_set.h"
#include "experiments/data/fit_cache.h"
#include "experiments/data/idx.h"
#include "experiments/data/shuffle.h"
#include "tests/support/damaged.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

std::shared_ptr<const Dataset> make(const std::string& name, const std::map<std::string, Value>& given = {}) {
  return maker<Dataset>(name)(Parameters(find_entry("data", name), given));
}

std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(Shuffle, IsAPermutationOfItsOwnForEachSeedAndEpoch) {
  for (const std::int64_t n : {0, 1, 2, 5, 1000}) {
    const std::vector<std::int32_t> order = shuffled(n, 1, 0);
    EXPECT_EQ(std::set<std::int32_t>(order.begin(), order.end()).size(), static_cast<std::size_t>(n));
    for (const std::int32_t i : order) EXPECT_TRUE(i >= 0 && i < n);
  }
  EXPECT_NE(shuffled(100, 1, 0), shuffled(100, 2, 0));
  EXPECT_NE(shuffled(100, 1, 0), shuffled(100, 1, 1));
  // Every place is as likely: chi-squared of where example 0 lands, 9 degrees of freedom, 0.1 % tail.
  int counts[10] = {};
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const auto order = shuffled(10, seed, 0);
    ++counts[std::find(order.begin(), order.end(), 0) - order.begin()];
  }
  double chi_squared = 0;
  for (const int c : counts) chi_squared += (c - 200.0) * (c - 200.0) / 200.0;
  EXPECT_LT(chi_squared, 27.9);
}

// n examples of two coordinates, (i, -i), of classes i mod 3.
Examples numbered(std::int64_t n) {
  Examples examples{Tensor::empty({n, 2}, DType::f32), Tensor::empty({n}, DType::i32)};
  for (std::int64_t i = 0; i < n; ++i) {
    examples.x.mutable_span<float>()[static_cast<std::size_t>(2 * i)] = static_cast<float>(i);
    examples.x.mutable_span<float>()[static_cast<std::size_t>(2 * i + 1)] = -static_cast<float>(i);
    examples.labels.mutable_span<std::int32_t>()[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(i % 3);
  }
  return examples;
}

TEST(FiniteSet, DrawsWithoutRepetitionAndByNumber) {
  const auto data = finite_dataset("numbered", numbered(20), {}, {}, 3);
  const Examples all = data->draw(1, 0, 40, -1), part = data->draw(1, 18, 5, -1);
  std::set<float> first, second;
  for (std::size_t i = 0; i < 40; ++i) (i < 20 ? first : second).insert(all.x.span<float>()[2 * i]);
  EXPECT_EQ(first.size(), 20u);
  EXPECT_EQ(second.size(), 20u);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(part.x.span<float>()[i], all.x.span<float>()[36 + i]);
  const Examples one = data->draw(1, 0, 6, 2);  // 2, 5, ..., 17: six of them
  std::set<float> seen;
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(one.labels.span<std::int32_t>()[i], 2);
    seen.insert(one.x.span<float>()[2 * i]);
  }
  EXPECT_EQ(seen, (std::set<float>{2, 5, 8, 11, 14, 17}));
  EXPECT_THROW(data->draw(1, 0, 1, 3), InputError);
  EXPECT_THROW(data->draw(1, -1, 1, 0), InputError);
}

TEST(FiniteSet, HeldOutExamplesAreWhatIsDrawn) {
  const auto data = finite_dataset("numbered", numbered(20), numbered(4), {}, 3);
  const Examples examples = data->draw(5, 0, 4, -1);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_LT(examples.x.span<float>()[2 * i], 4);
  EXPECT_NE(data->hash, finite_dataset("numbered", numbered(20), {}, {}, 3)->hash);
  EXPECT_EQ(data->hash, finite_dataset("numbered", numbered(20), numbered(4), {}, 3)->hash);
}

// Against sums in long double, one element after another.
TEST(ClassMoments, AgreeWithPlainSums) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  constexpr std::int64_t n = 2500, d = 3;  // more than two blocks of rows
  Examples examples{Tensor::empty({n, d}, DType::f32), Tensor::empty({n}, DType::i32)};
  for (float& v : examples.x.mutable_span<float>()) v = 5 + normal(random);
  for (std::size_t i = 0; i < n; ++i) examples.labels.mutable_span<std::int32_t>()[i] = i % 5 == 0;
  const auto check = [&](const Moments& moments, const std::function<bool(std::int32_t)>& member) {
    const std::span<const float> x = examples.x.span<float>();
    const std::span<const std::int32_t> labels = examples.labels.span<std::int32_t>();
    long double count = 0, mean[d] = {}, s[d][d] = {};
    for (std::size_t i = 0; i < n; ++i)
      if (member(labels[i])) {
        count += 1;
        for (std::size_t a = 0; a < d; ++a) mean[a] += x[i * d + a];
      }
    for (auto& m : mean) m /= count;
    for (std::size_t i = 0; i < n; ++i)
      if (member(labels[i]))
        for (std::size_t a = 0; a < d; ++a)
          for (std::size_t b = 0; b < d; ++b) s[a][b] += (x[i * d + a] - mean[a]) * (x[i * d + b] - mean[b]) / count;
    EXPECT_EQ(moments.count, static_cast<std::int64_t>(count));
    for (std::size_t a = 0; a < d; ++a) {
      EXPECT_NEAR(moments.mean[a], static_cast<double>(mean[a]), 1e-12);
      for (std::size_t b = 0; b < d; ++b)
        EXPECT_NEAR(moments.covariance[a * d + b], static_cast<double>(s[a][b]), 1e-12);
    }
  };
  const std::vector<Moments> classes = class_moments(examples, 2);
  ASSERT_EQ(classes.size(), 2u);
  check(classes[0], [](std::int32_t label) { return label == 0; });
  check(classes[1], [](std::int32_t label) { return label == 1; });
  check(pooled(classes), [](std::int32_t) { return true; });
}

TEST(FitCache, ADamagedOrForeignFileIsNotTrusted) {
  const TemporaryFolder folder;
  const Environment cache("ITO_CACHE", (folder / "cache").string());
  int fits = 0;
  const auto fit = [&] {
    ++fits;
    return Fit{{"x", Tensor::from<double>({1, 2, 3}, {3})}};
  };
  EXPECT_EQ(cached_fit("a", fit).at("x").span<double>()[2], 3);
  EXPECT_EQ(cached_fit("a", fit).at("x").span<double>()[2], 3);
  EXPECT_EQ(fits, 1);
  cached_fit("b", fit);
  EXPECT_EQ(fits, 2);
  for (const auto& entry : std::filesystem::directory_iterator(folder / "cache")) {
    Bytes bytes = read_file(entry.path());
    bytes.back() ^= std::byte{1};  // another number, in a well-formed file
    write_file_atomically(entry.path(), bytes);
  }
  EXPECT_EQ(cached_fit("a", fit).at("x").span<double>()[2], 3);
  EXPECT_EQ(fits, 3);
  const Environment nowhere("ITO_CACHE", "/proc/none");
  EXPECT_EQ(cached_fit("a", fit).at("x").span<double>()[2], 3);
  EXPECT_EQ(fits, 4);
}

Bytes idx_gz(const std::vector<int>& bytes) {
  Bytes plain;
  for (const int b : bytes) plain.push_back(static_cast<std::byte>(b));
  return deflate_bytes(plain, Wrapping::gzip);
}

TEST(IdxFile, ReadsAndRefuses) {
  const Idx idx = parse_idx_gz(idx_gz({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255}), 2, "i");
  EXPECT_EQ(idx.extents, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(idx.elements, (std::vector<std::uint8_t>{1, 2, 3, 4, 5, 255}));
  EXPECT_NE(refusal([] { parse_idx_gz(idx_gz({1, 0, 8, 1, 0, 0, 0, 0}), 1, "i"); }).find("IDX"), std::string::npos);
  EXPECT_NE(refusal([] { parse_idx_gz(idx_gz({0, 0, 13, 1, 0, 0, 0, 0}), 1, "i"); }).find("0x0d"), std::string::npos);
  EXPECT_NE(refusal([] { parse_idx_gz(idx_gz({0, 0, 8, 3, 0, 0, 0, 0}), 1, "i"); }).find("3 axes"), std::string::npos);
  EXPECT_THROW(parse_idx_gz(idx_gz({0, 0, 8, 1, 0, 0}), 1, "i"), InputError);
  EXPECT_THROW(parse_idx_gz(idx_gz({0, 0, 8, 1, 0, 0, 0, 3, 1, 2}), 1, "i"), InputError);
  EXPECT_THROW(parse_idx_gz(idx_gz({0, 0, 8, 1, 0, 0, 0, 1, 1, 2}), 1, "i"), InputError);
  EXPECT_THROW(parse_idx_gz(idx_gz({0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255}), 2, "i"), InputError);
}

TEST(IdxFile, DamageIsAnErrorOrChangesNothing) {
  const Bytes file = idx_gz({0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255});
  const Idx before = parse_idx_gz(file, 2, "i");
  for_each_truncation(file, [&](const Bytes& copy) { EXPECT_THROW(parse_idx_gz(copy, 2, "i"), InputError); });
  for_each_flip(file, [&](const Bytes& copy) {
    try {
      EXPECT_EQ(parse_idx_gz(copy, 2, "i").elements, before.elements);
    } catch (const InputError&) {
    }
  });
}

TEST(FashionMnist, IsReadWhole) {
  if (!getenv("ITO_DATA") && !std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const auto data = make("fashion-mnist");
  EXPECT_EQ(data->sample_shape, Shape({28, 28, 1}));
  EXPECT_EQ(data->classes, 10);
  EXPECT_EQ(data->class_names.size(), 10u);
  ASSERT_EQ(data->train.x.shape(), Shape({60000, 28, 28, 1}));
  ASSERT_EQ(data->held_out.x.shape(), Shape({10000, 28, 28, 1}));
  EXPECT_EQ(data->train.labels.span<std::int32_t>()[0], 9);  // an ankle boot
  int counts[10] = {};
  for (const std::int32_t label : data->train.labels.span<std::int32_t>()) ++counts[label];
  for (const int count : counts) EXPECT_EQ(count, 6000);
  float least = 0, most = 0;
  for (const float v : data->train.x.span<float>()) {
    least = std::min(least, v);
    most = std::max(most, v);
  }
  EXPECT_EQ(least, -1.0f);
  EXPECT_EQ(most, 1.0f);
  ASSERT_EQ(data->exact.size(), 3u);
}

TEST(FashionMnist, SaysWhatToInstall) {
  const TemporaryFolder folder;
  const Environment data("ITO_DATA", folder.path().string());
  try {
    make("fashion-mnist");
    FAIL();
  } catch (const EnvironmentError& error) {
    EXPECT_NE(std::string(error.what()).find("dataset-fashion-mnist"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("ITO_DATA"), std::string::npos);
  }
  // A damaged file is the caller's to mend.
  write_file_atomically(folder / "train-images-idx3-ubyte.gz", "not gzip");
  write_file_atomically(folder / "train-labels-idx1-ubyte.gz", "not gzip");
  EXPECT_THROW(make("fashion-mnist"), InputError);
  write_file_atomically(folder / "train-images-idx3-ubyte.gz",
                        idx_gz({0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7}));
  write_file_atomically(folder / "train-labels-idx1-ubyte.gz", idx_gz({0, 0, 8, 1, 0, 0, 0, 1, 3}));
  EXPECT_NE(refusal([] { make("fashion-mnist"); }).find("28 x 28"), std::string::npos);
}

TEST(ArraySet, TakesNpyAndNpz) {
  const TemporaryFolder folder;
  const Examples examples = numbered(12);
  save_npy(folder / "x.npy", examples.x);
  save_npy(folder / "labels.npy", examples.labels);
  save_npz(folder / "both.npz", {{"x", examples.x}, {"labels", examples.labels}});
  const auto file = [&](const char* name) { return Value((folder / name).string()); };
  const auto alone = make("array", {{"file", file("x.npy")}});
  EXPECT_EQ(alone->classes, 0);
  EXPECT_EQ(alone->sample_shape, Shape({2}));
  EXPECT_FALSE(alone->draw(1, 0, 3, -1).labels.defined());
  const auto labelled = make("array", {{"file", file("x.npy")}, {"labels", file("labels.npy")}});
  EXPECT_EQ(labelled->classes, 3);
  EXPECT_EQ(make("array", {{"file", file("both.npz")}})->hash, labelled->hash);
  const auto split = make("array", {{"file", file("both.npz")}, {"held_out", std::int64_t{4}}});
  EXPECT_EQ(split->train.x.dim(0), 8);
  EXPECT_EQ(split->held_out.x.span<float>()[0], 8);
  EXPECT_EQ(split->held_out.labels.span<std::int32_t>()[1], 0);
}

TEST(ArraySet, RefusesWhatIsNoDataSet) {
  const TemporaryFolder folder;
  const auto with = [&](const Tensor& x, const Tensor& labels, std::int64_t held_out = 0) {
    save_npy(folder / "x.npy", x);
    std::map<std::string, Value> given = {{"file", (folder / "x.npy").string()}, {"held_out", held_out}};
    if (labels.defined()) {
      save_npy(folder / "labels.npy", labels);
      given["labels"] = (folder / "labels.npy").string();
    }
    return refusal([&] { make("array", given); });
  };
  const Tensor x = numbered(4).x;
  EXPECT_NE(with(Tensor::from<float>({1, 2}, {2}), {}).find("[N, ...]"), std::string::npos);
  EXPECT_NE(with(Tensor::empty({0, 2}, DType::f32), {}).find("at least one example"), std::string::npos);
  EXPECT_NE(with(Tensor::from<float>({0, 1, 2, INFINITY}, {2, 2}), {}).find("example 1"), std::string::npos);
  EXPECT_NE(with(x, Tensor::from<float>({0, 1, 2, 3}, {4})).find("integers"), std::string::npos);
  EXPECT_NE(with(x, Tensor::from<std::int32_t>({0, 1, 2}, {3})).find("labels of shape [3]"), std::string::npos);
  EXPECT_NE(with(x, Tensor::from<std::int32_t>({0, 1, -2, 0}, {4})).find("label -2 at place 2"), std::string::npos);
  EXPECT_NE(with(x, {}, 4).find("data.held_out"), std::string::npos);
  EXPECT_NE(refusal([] { make("array"); }).find("data.file"), std::string::npos);
  EXPECT_NE(refusal([] {
              make("array", {{"file", std::string("/nowhere.npy")}});
            }).find("/nowhere.npy"),
            std::string::npos);
}

}  // namespace
}  // namespace ito::experiments
