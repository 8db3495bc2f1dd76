// Runs that are killed, or asked to stop, at any moment, and continued: the store ends the same.
#include <chrono>

#include "experiments/store/store.h"
#include "tests/experiments/cli/ito_process.h"

namespace ito::experiments {
namespace {

namespace fs = std::filesystem;

// Trains a small network (so that a run can die inside training, too), then samples some dozens of cells.
const char kRecipe[] = R"(data.name = "spiral"
grid.t_end = 0.001
model.hidden = [32, 32]
training.steps = 300
training.batch = 256
metrics.names = ["sliced_w2"]
metrics.count = 200
[sweep]
model.kind = ["exact", "mlp"]
sampler.name = ["ddim", "ddpm"]
grid.steps = [5, 20]
seed = [1, 2, 3]
)";

std::string digest(const fs::path& folder) { return Store(folder / kStoreFile, Access::read).digest(); }

class InterruptedRun : public testing::Test {
 protected:
  void SetUp() override { write_file_atomically(folder_ / "r.toml", std::string_view(kRecipe)); }
  ItoProcess start(const std::string& out) { return ItoProcess(folder_.path(), {"run", "r.toml", "--out", out}); }
  double seconds_of_whole_run(const std::string& out) {
    const auto begin = std::chrono::steady_clock::now();
    ItoProcess process = start(out);
    const int code = process.wait();
    EXPECT_EQ(code, 0) << process.err();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  TemporaryFolder folder_;
};

TEST_F(InterruptedRun, KilledAtRandomMomentsEndsInTheSameStore) {
  const double seconds = seconds_of_whole_run("whole");
  const std::string whole = digest(folder_ / "whole");
  const char* longer = std::getenv("ITO_LONG");
  const int moments = longer != nullptr && std::string(longer) == "1" ? 20 : 3;
  int killed = 0;
  for (int i = 0; i < moments; ++i) {
    // Spread over the run, with a jitter of its own.
    const double share = (i + 0.5 * (1 + (i * 7919 % 13) / 13.0)) / moments;
    ItoProcess process = start("killed" + std::to_string(i));
    usleep(static_cast<useconds_t>(1e6 * seconds * share));
    process.send(SIGKILL);
    killed += process.wait() == -SIGKILL;
    ItoProcess again = start("killed" + std::to_string(i));
    EXPECT_EQ(again.wait(), 0) << again.err();
    EXPECT_EQ(digest(folder_ / ("killed" + std::to_string(i))), whole) << "killed after a share of " << share;
  }
  EXPECT_GT(killed, 0) << "no run was killed before its end";
}

TEST_F(InterruptedRun, SignalsStopAndSayHowToContinue) {
  const double seconds = seconds_of_whole_run("whole");
  const struct {
    int signal;
    int code;
    double share;
  } cases[] = {{SIGINT, 130, 0.25}, {SIGTERM, 143, 0.5}};
  for (const auto& c : cases) {
    std::string out, said;
    int code = 0;
    // On a busy machine one run may be over when another has but begun: then sooner.
    for (double share = c.share; code == 0 && share > 0.01; share /= 2) {
      out = "stopped" + std::to_string(c.signal) + "-" + std::to_string(share);
      ItoProcess process = start(out);
      usleep(static_cast<useconds_t>(1e6 * seconds * share));
      process.send(c.signal);
      code = process.wait();
      said = process.err();
    }
    EXPECT_EQ(code, c.code) << said;
    EXPECT_NE(said.find("Continue with: ito run r.toml --out " + out), std::string::npos) << said;
    ItoProcess again = start(out);
    EXPECT_EQ(again.wait(), 0) << again.err();
    EXPECT_EQ(digest(folder_ / out), digest(folder_ / "whole"));
  }
}

// A cell may take minutes: a signal does not wait for its end.
TEST_F(InterruptedRun, ASignalStopsInsideACell) {
  write_file_atomically(folder_ / "long.toml", std::string_view(R"(data.name = "spiral"
model.kind = "exact"
sampler.name = "ddim"
grid.steps = 20000
metrics.names = ["moments"]
metrics.count = 1000
)"));
  ItoProcess process(folder_.path(), {"run", "long.toml", "--out", "long"});
  while (!fs::exists(folder_ / "long/run.sqlite")) usleep(1000);
  usleep(300'000);
  process.send(SIGINT);
  EXPECT_EQ(process.wait(), 130) << process.err();
  EXPECT_EQ(Store(folder_ / "long" / kStoreFile, Access::read).cells().size(), 0u);
}

TEST_F(InterruptedRun, TwoRunsInOneFolderAreToldApart) {
  ItoProcess first = start("shared");
  while (!fs::exists(folder_ / "shared/run.sqlite")) usleep(1000);
  ItoProcess second(folder_.path(), {"run", "r.toml", "--out", "shared"});
  EXPECT_EQ(second.wait(), 3);
  EXPECT_NE(second.err().find("is working in this folder"), std::string::npos) << second.err();
  first.send(SIGTERM);
  first.wait();
}

}  // namespace
}  // namespace ito::experiments
