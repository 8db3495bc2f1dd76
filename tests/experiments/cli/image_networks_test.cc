// Image networks from the command line: trained, written, named by another recipe; and what does not fit, refused.
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

#include "autograd/io/npy.h"
#include "samplers/noise.h"
#include "tests/experiments/cli/ito_process.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ITO_TESTS_SANITIZER_MEMORY 1  // what the sanitizer itself needs hides what the program does
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ITO_TESTS_SANITIZER_MEMORY 1
#endif

namespace ito {
namespace {

constexpr const char* kModel =
    "model.kind = \"unet\"\nmodel.channels = [8, 16]\nmodel.embedding = 16\nmodel.time_features = 8\n"
    "training.steps = 3\ntraining.batch = 16\ntraining.path = \"vp\"\n"
    "metrics.names = [\"moments\"]\nmetrics.count = 6\ngrid.steps = 2\n";

class ImageNetworkCommands : public testing::Test {
 protected:
  void SetUp() override {
    pictures("small", 8);
    write("small.toml", "data.file = \"small.npz\"\n" + std::string(kModel));
  }
  // 20 labelled pictures of noise.
  void pictures(const std::string& name, std::int64_t side) {
    std::vector<std::int32_t> labels(20);
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 4);
    save_npz(folder_ / (name + ".npz"),
             {{"x", initial_noise({20, side, side, 1}, DType::f32, 3)}, {"labels", Tensor::from(labels, {20})}});
  }
  void write(const std::string& name, const std::string& text) {
    write_file_atomically(folder_ / name, std::string_view(text));
  }
  struct Finished {
    int code;
    std::string out, err;
    std::int64_t peak_memory;
  };
  Finished ito(
      const std::vector<std::string>& arguments, const std::function<void()>& in_child = [] {}) {
    ItoProcess process(folder_.path(), arguments, in_child);
    const int code = process.wait();
    return {code, process.out(), process.err(), process.peak_memory()};
  }
  // The one line of a refusal.
  std::string refused(const std::vector<std::string>& arguments) {
    const Finished run = ito(arguments);
    EXPECT_EQ(run.code, 2) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    return run.err;
  }

  TemporaryFolder folder_;
};

TEST_F(ImageNetworkCommands, WeightsAreWrittenOnceAndNamedByOthers) {
  const Finished train = ito({"train", "small.toml", "--save", "mine.safetensors"});
  ASSERT_EQ(train.code, 0) << train.err;
  EXPECT_NE(train.out.find("weights "), std::string::npos) << train.out;
  const Finished trained = ito({"sample", "small.toml", "--out", "a.npy"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Finished named = ito({"sample", "small.toml", "--set", "model.weights=\"mine.safetensors\"", "--set",
                              "training.steps=999", "--out", "b.npy"});
  ASSERT_EQ(named.code, 0) << named.err;
  EXPECT_EQ(read_text_file(folder_ / "a.npy"), read_text_file(folder_ / "b.npy"));

  EXPECT_NE(
      refused({"sample", "small.toml", "--set", "model.weights=\"mine.safetensors\"", "--set", "model.channels=[8, 24]",
               "--out", "c.npy"})
          .find("mine.safetensors: encoder.1.0.conv_0.weight has shape [3, 3, 8, 16]; [3, 3, 8, 24] was expected"),
      std::string::npos);
  EXPECT_NE(refused({"sample", "small.toml", "--set", "model.weights=\"mine.safetensors\"", "--set",
                     "model.sigma_data=0.9", "--out", "c.npy"})
                .find("sigma_data=0.5"),
            std::string::npos);
  EXPECT_NE(refused({"sample", "small.toml", "--set", "model.weights=\"mine.safetensors\"", "--set",
                     "training.path=flow", "--out", "c.npy"})
                .find("training.path says what they were trained on"),
            std::string::npos);
  EXPECT_NE(refused({"sample", "small.toml", "--set", "model.weights=\"mine\"", "--out", "c.npy"})
                .find("no weights are called 'mine'"),
            std::string::npos);
  pictures("large", 16);
  EXPECT_NE(refused({"sample", "small.toml", "--set", "model.weights=\"mine.safetensors\"", "--set",
                     "data.file=\"large.npz\"", "--out", "c.npy"})
                .find("trained with sample_shape [8, 8, 1], not [16, 16, 1], which an example of the data has"),
            std::string::npos);
  EXPECT_NE(refused({"sample", "small.toml", "--set", "model.weights=\"mine.safetensors\"", "--set",
                     "sampling.condition=\"7\"", "--out", "c.npy"})
                .find("expected a class from 0 to 3, found 7"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "c.npy"));
}

TEST_F(ImageNetworkCommands, ImagesOfSidesThatTheLevelsDoNotHalveAreRefused) {
  pictures("odd", 6);
  EXPECT_NE(refused({"check", "small.toml", "--set", "data.file=\"odd.npz\""}).find("6 x 6, to what is not whole"),
            std::string::npos);
}

// Two classifiers under one name are two judges: what one of them said is no answer of the other's.
TEST_F(ImageNetworkCommands, AnotherClassifierUnderOneNameMakesOtherCells) {
  write("judge.toml",
        "data.file = \"small.npz\"\nmodel.kind = \"classifier\"\ntraining.steps = 1\ntraining.batch = 8\n");
  write("judged.toml",
        "data.file = \"small.npz\"\nsampling.condition = \"data\"\ngrid.steps = 2\nmetrics.count = 6\n"
        "metrics.names = [\"classifier_accuracy\"]\nmetrics.classifier = \"judge.safetensors\"\n");
  const auto judge = [&](const char* seed) {
    ASSERT_EQ(ito({"train", "judge.toml", "--save", "judge.safetensors", "--set", seed}).code, 0);
  };
  const auto stored = [&] {
    return ito({"check", "judged.toml", "--json"}).out.find("\"stored\": 1") != std::string::npos;
  };
  judge("training.seed=1");
  const Finished run = ito({"run", "judged.toml"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(stored());
  judge("training.seed=2");
  EXPECT_FALSE(stored());
  judge("training.seed=1");
  EXPECT_TRUE(stored());

  pictures("large", 16);
  EXPECT_NE(refused({"check", "judged.toml", "--set", "data.file=\"large.npz\""})
                .find("trained with sample_shape [8, 8, 1], not [16, 16, 1]"),
            std::string::npos);
}

// A disk that ends within the picture: one line, and no half of a file.
TEST_F(ImageNetworkCommands, APictureThatTheDiskDoesNotHoldLeavesNothing) {
#ifdef ITO_TESTS_SANITIZER_MEMORY
  GTEST_SKIP() << "the sanitizer writes files of its own";
#endif
  ASSERT_EQ(ito({"train", "small.toml"}).code, 0);
  const Finished run = ito({"sample", "small.toml", "--count", "300", "--out", "many.png"}, [] {
    const rlimit small{2000, 2000};
    setrlimit(RLIMIT_FSIZE, &small);
    std::signal(SIGXFSZ, SIG_IGN);
  });
  EXPECT_EQ(run.code, 3) << run.err;
  EXPECT_NE(run.err.find("many.png"), std::string::npos) << run.err;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().filename().string().find("many.png"), std::string::npos) << entry.path();
}

// What is printed before a training is what the process then takes, as the kernel counts it.
TEST_F(ImageNetworkCommands, PredictedMemoryIsWhatTheTrainingTakes) {
#ifdef ITO_TESTS_SANITIZER_MEMORY
  GTEST_SKIP() << "the sanitizer's own memory";
#endif
  const std::vector<std::string> large = {"train",     "small.toml",
                                          "--threads", "2",
                                          "--set",     "model.channels=[64, 128]",
                                          "--set",     "training.batch=64",
                                          "--set",     "training.shard=16",
                                          "--set",     "model.patch=1",
                                          "--out",     "run"};
  const std::int64_t before = ito({"list", "models"}).peak_memory;  // the program itself
  const Finished run = ito(large);
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string said = "predicted peak memory ";
  const std::size_t at = run.err.find(said);
  ASSERT_NE(at, std::string::npos) << run.err;
  const double predicted = std::stod(run.err.substr(at + said.size())) * 1e6;
  ASSERT_NE(run.err.find(" MB (", at), std::string::npos) << run.err;
  const auto taken = static_cast<double>(run.peak_memory - before);
  EXPECT_GT(taken, 0.6 * predicted);
  EXPECT_LT(taken, 1.15 * predicted + 8e6);

  std::vector<std::string> limited = large;
  limited.back() = "other";
  limited.insert(limited.end(), {"--memory", "20MB"});
  EXPECT_NE(refused(limited).find("more than the 20 MB that --memory allows"), std::string::npos);
}

}  // namespace
}  // namespace ito
