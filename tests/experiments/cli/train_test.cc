// ito train --save: what it cannot write is refused before a training that may take hours, and what diverged is said.
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/experiments/cli/ito_process.h"

namespace ito {
namespace {

namespace fs = std::filesystem;

class TrainSave : public testing::Test {
 protected:
  void SetUp() override {
    write_file_atomically(folder_ / "small.toml", std::string_view(R"(data.name = "eight_gaussians"
model.kind = "mlp"
model.hidden = [8]
training.batch = 16
training.steps = 40
training.warmup = 0
)"));
  }
  // What it says on standard error.
  std::string saved(
      int code, const std::string& file, const std::vector<std::string>& set = {},
      const std::function<void()>& in_child = [] {}) {
    std::vector<std::string> arguments = {"train", "small.toml", "--save", file};
    for (const std::string& one : set) arguments.insert(arguments.end(), {"--set", one});
    ItoProcess process(folder_.path(), arguments, in_child);
    EXPECT_EQ(process.wait(), code) << process.err();
    return process.err();
  }
  // Refused in one line, and nothing was trained.
  std::string refused(
      int code, const std::string& file, const std::vector<std::string>& set = {},
      const std::function<void()>& in_child = [] {}) {
    const std::string said = saved(code, file, set, in_child);
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    EXPECT_FALSE(fs::exists(folder_ / "build")) << "it trained before it refused";
    return said;
  }
  TemporaryFolder folder_;
};

TEST_F(TrainSave, WhatCannotBeWrittenIsRefusedBeforeTheTraining) {
  EXPECT_NE(refused(2, "w.safetensors", {"training.learning_rate=[0.1, 0.2]"})
                .find("--save: small has 2 networks; exactly one was expected"),
            std::string::npos);
  EXPECT_NE(refused(2, "w.safetensors", {"model.kind=exact"}).find("--save: small has 0 networks"), std::string::npos);
  EXPECT_NE(refused(2, "no/such/w.safetensors").find("--save no/such/w.safetensors: there is no folder no/such"),
            std::string::npos);
  fs::create_directory(folder_ / "taken.safetensors");
  EXPECT_NE(refused(2, "taken.safetensors").find("expected the name of a file"), std::string::npos);
}

TEST_F(TrainSave, AFolderThatIsNotToBeWrittenToIsRefusedBeforeTheTraining) {
  // A root that may do what any owner may, and no more.
  const auto powerless = [] { return geteuid() != 0 || prctl(PR_SET_SECUREBITS, SECBIT_NOROOT) == 0; };
  if (const pid_t child = fork(); child == 0) {
    _exit(powerless() ? 0 : 1);
  } else {
    int status = 1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (status != 0) GTEST_SKIP() << "root writes everywhere, and cannot give that up here";
  }
  fs::create_directory(folder_ / "closed");
  fs::permissions(folder_ / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_NE(refused(3, "closed/w.safetensors", {}, powerless)
                .find("--save closed/w.safetensors: cannot write to the folder closed (Permission denied)"),
            std::string::npos);
  fs::permissions(folder_ / "closed", fs::perms::owner_all);
}

// The weights of one network in many cells are one file.
TEST_F(TrainSave, OneNetworkIsWritten) {
  saved(0, "w.safetensors", {"seed=[1, 2]", "sampler.name=[\"ddim\", \"heun\"]"});
  EXPECT_TRUE(fs::is_regular_file(folder_ / "w.safetensors"));
}

TEST_F(TrainSave, ADivergenceIsSaidAndNothingWritten) {
  const std::vector<std::string> absurd = {"training.learning_rate=1e3", "training.weight_decay=900.0",
                                           "training.clip_norm=0.0"};
  // The second time it is known from the first.
  for (int time = 0; time < 2; ++time) {
    const std::string said = saved(4, "w.safetensors", absurd);
    EXPECT_NE(said.find("training diverged at step "), std::string::npos) << said;
    EXPECT_EQ(said.find("--save"), std::string::npos) << said;
    EXPECT_FALSE(fs::exists(folder_ / "w.safetensors"));
  }
}

}  // namespace
}  // namespace ito
