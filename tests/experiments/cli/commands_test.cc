// Every command's ways in and out: exit codes, one line for each mistake, the JSON that others rely on.
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "autograd/io/npy.h"
#include "samplers/registry.h"
#include "tests/experiments/cli/ito_process.h"

namespace ito {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const char kTiny[] = R"(title = "Tiny"
data.name = "eight_gaussians"
grid.t_end = 0.001
metrics.names = ["sliced_w2"]
metrics.count = 40
[sweep]
seed = [1, 2]
sampler.name = ["ddim", "ddpm"]
grid.steps = [2, 4]
[[finding]]
title = "more steps are better"
kind = "ratio"
metric = "sliced_w2"
a = { sampler.name = "ddim", grid.steps = 2 }
b = { sampler.name = "ddim", grid.steps = 4 }
)";

struct Finished {
  int code;
  std::string out, err;
};

class Commands : public testing::Test {
 protected:
  void SetUp() override { write_file_atomically(folder_ / "tiny.toml", std::string_view(kTiny)); }
  Finished ito(
      const std::vector<std::string>& arguments, const std::function<void()>& in_child = [] {}) {
    ItoProcess process(folder_.path(), arguments, in_child);
    const int code = process.wait();
    return {code, process.out(), process.err()};
  }
  // The command must fail with `code` and say exactly one line, which contains `words`.
  void expect_refused(const std::vector<std::string>& arguments, int code, const std::string& words) {
    const Finished finished = ito(arguments);
    EXPECT_EQ(finished.code, code) << finished.err;
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_NE(finished.err.find(words), std::string::npos) << finished.err;
    EXPECT_EQ(finished.out, "");
  }
  TemporaryFolder folder_;
};

TEST_F(Commands, MistakesOnTheCommandLine) {
  expect_refused({"rnu", "tiny.toml"}, 2, "no command is called 'rnu'; nearest: run");
  expect_refused({}, 2, "ito --help");
  expect_refused({"run"}, 2, "RECIPE");
  expect_refused({"run", "absent.toml"}, 2, "absent.toml: no such recipe file");
  expect_refused({"run", "absent"}, 2, "no recipe is called 'absent'");
  expect_refused({"check", "tiny.toml", "--set", "grid.stepz=3"}, 2, "nearest: grid.steps");
  expect_refused({"check", "tiny.toml", "--set", "grid.steps=0"}, 2, "--set grid.steps=0: grid.steps: expected");
  expect_refused({"check", "tiny.toml", "--only", "seed=7"}, 2, "--only seed=7");
  expect_refused({"list", "solvrs"}, 2, "nearest: solver");
  expect_refused({"explain", "dimm"}, 2, "nearest: ddim");
  expect_refused({"report", "nowhere"}, 2, "no run at 'nowhere'");
  expect_refused({"verify", "nowhere"}, 2, "no run at 'nowhere'");
  expect_refused({"sample", "tiny.toml", "--out", "x.bmp"}, 2, ".npy, .npz or .png");
  expect_refused({"sample", "tiny.toml", "--out", "no/such/x.npy"}, 2, "there is no folder");
  expect_refused({"score", "absent.npy", "--against", "moons"}, 2, "absent.npy");
  EXPECT_EQ(ito({"--help"}).code, 0);
  EXPECT_EQ(ito({"run", "--help"}).code, 0);
  EXPECT_EQ(ito({"--version"}).code, 0);
}

TEST_F(Commands, GridsThatCannotBeAreRefusedWithTheirPlace) {
  write_file_atomically(
      folder_ / "bad.toml",
      std::string_view("data.name = \"eight_gaussians\"\ngrid.name = \"trailing\"\ngrid.steps = 5000\n"));
  expect_refused({"check", "bad.toml"}, 2, "bad.toml:3:14: ");
  expect_refused({"run", "bad.toml"}, 2, "bad.toml:3:14: ");
  EXPECT_FALSE(fs::exists(folder_ / "build")) << "a refused recipe left a folder behind";
}

TEST_F(Commands, ListAndDoctorAndCheckAsJson) {
  const Finished list = ito({"list", "solvers", "--json"});
  ASSERT_EQ(list.code, 0) << list.err;
  const Json solvers = Json::parse(list.out);
  ASSERT_EQ(solvers.size(), entries_of("solver").size());
  for (const Json& solver : solvers)
    for (const char* field : {"name", "kind", "order", "paper", "parameters"}) EXPECT_TRUE(solver.contains(field));

  const Json doctor = Json::parse(ito({"doctor", "--json"}).out);
  for (const char* field : {"cpu", "simd", "threads", "gpu", "libraries"}) EXPECT_TRUE(doctor.contains(field)) << field;
  EXPECT_TRUE(doctor["libraries"].is_object());

  const Json check = Json::parse(ito({"check", "tiny.toml", "--json"}).out);
  EXPECT_EQ(check["cells"], 8);
  EXPECT_EQ(check["evaluations"], 2 * 2 * (2 + 4) * 40);
  EXPECT_EQ(check["stored"], 0);
  EXPECT_EQ(check["networks"], 0);
  EXPECT_GT(check["seconds"], 0.0);
  ASSERT_EQ(ito({"run", "tiny.toml", "--out", "here"}).code, 0);
  EXPECT_EQ(Json::parse(ito({"check", "tiny.toml", "--json", "--out", "here"}).out)["stored"], 8);
}

TEST_F(Commands, ExitCodesAreOneTable) {
  const std::string table = ito({"explain", "exit-codes"}).out;
  for (const char* code : {"\n  0 ", "\n  2 ", "\n  3 ", "\n  4 ", "\n  130 ", "\n  143 "})
    EXPECT_NE(table.find(code), std::string::npos) << table;
  EXPECT_NE(ito({"--help"}).out.find(table), std::string::npos);
}

TEST_F(Commands, EveryRegisteredNameIsExplained) {
  for (const char* name : {"recipe", "json", "exit-codes", "grid.steps"})
    EXPECT_EQ(ito({"explain", name}).code, 0) << name;
  for (const char* kind :
       {"data", "model", "training_time", "loss_weight", "path", "grid", "solver", "guidance", "metric"}) {
    const Finished explained = ito({"explain", entries_of(kind).front()->name});
    EXPECT_EQ(explained.code, 0);
    EXPECT_NE(explained.out.find("(" + std::string(kind) + ")"), std::string::npos) << explained.out;
  }
  // What else the field calls a thing, and the name of a family.
  for (const char* synonym : {"lu", "exponential"})
    EXPECT_EQ(ito({"explain", synonym}).out.rfind("lambda (grid)", 0), 0u) << synonym;
  const std::string family = ito({"explain", "dpm_solver_pp"}).out;
  for (const char* member : {"dpm_solver_pp_2s (solver)", "dpm_solver_pp_2m (solver)", "dpm_solver_pp_3m (solver)"})
    EXPECT_NE(family.find(member), std::string::npos) << member;
  const std::string log_normal = ito({"explain", "log_normal"}).out;
  for (const char* line : {"training.times = \"log_normal\"", "training.log_normal_mean = -1.2", "Karras"})
    EXPECT_NE(log_normal.find(line), std::string::npos) << log_normal;
  EXPECT_NE(ito({"explain", "min_snr"}).out.find("training.loss_weight = \"min_snr\""), std::string::npos);
  EXPECT_NE(ito({"list", "loss_weights"}).out.find("sigmoid_bias = 2"), std::string::npos);
  EXPECT_NE(ito({"list", "training_times"}).out.find("stratified"), std::string::npos);
}

TEST_F(Commands, RunReportVerifyCompare) {
  const Finished run = ito({"run", "tiny.toml", "--json"});
  ASSERT_EQ(run.code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["recipe"], "tiny");
  EXPECT_EQ(json["hash"].get<std::string>().size(), 64u);
  ASSERT_EQ(json["cells"].size(), 8u);
  for (const Json& cell : json["cells"]) {
    for (const char* field : {"key", "axes", "status", "nfe", "seconds", "metrics"}) EXPECT_TRUE(cell.contains(field));
    EXPECT_EQ(cell["status"], "finished");
    EXPECT_EQ(cell["nfe"], cell["axes"]["grid.steps"]);
    const Json& metric = cell["metrics"].front();
    EXPECT_EQ(metric["n"], 2);
    for (const char* field : {"value", "stderr", "floor"}) EXPECT_TRUE(metric[field].is_number()) << metric;
  }
  EXPECT_EQ(json["findings"].size(), 1u);
  EXPECT_TRUE(fs::exists(folder_ / "build/runs/tiny/report.html"));

  const Finished again = ito({"report", "tiny", "--json"});
  EXPECT_EQ(Json::parse(again.out)["cells"], json["cells"]);

  const Finished verified = ito({"verify", "tiny", "--cells", "3"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_NE(verified.out.find("3 cells computed again: 3 with the same bits"), std::string::npos) << verified.out;

  ASSERT_EQ(ito({"run", "tiny.toml", "--out", "other", "--set", "metrics.batch=7", "--set", "metrics.count=41"}).code,
            0);
  ASSERT_EQ(ito({"run", "tiny.toml", "--out", "same", "--set", "metrics.batch=7", "--threads", "3"}).code, 0);
  EXPECT_NE(ito({"compare", "tiny", "same"}).out.find("8 cells with the same key and bits, 0 with another"),
            std::string::npos);
  const Finished other = ito({"compare", "tiny", "other"});
  EXPECT_NE(other.out.find("0 cells with the same key and bits, 8 with another"), std::string::npos) << other.out;
  EXPECT_NE(other.out.find("sliced_w2"), std::string::npos) << other.out;
}

TEST_F(Commands, SamplesDoNotDependOnTheBatchAndCanBeScored) {
  for (const char* batch : {"1", "7", "64"}) {
    const Finished sampled = ito({"sample", "tiny.toml", "--count", "64", "--seed", "5", "--batch", batch, "--out",
                                  std::string("x") + batch + ".npy"});
    ASSERT_EQ(sampled.code, 0) << sampled.err;
  }
  EXPECT_EQ(read_file(folder_ / "x1.npy"), read_file(folder_ / "x7.npy"));
  EXPECT_EQ(read_file(folder_ / "x1.npy"), read_file(folder_ / "x64.npy"));
  EXPECT_EQ(load_npy(folder_ / "x1.npy").shape(), (Shape{64, 2}));
  EXPECT_EQ(ito({"sample", "tiny.toml", "--count", "9", "--out", "x.npz"}).code, 0);
  EXPECT_EQ(ito({"sample", "tiny.toml", "--count", "9", "--out", "x.png"}).code, 0);
  EXPECT_EQ(read_text_file(folder_ / "x.png").substr(1, 3), "PNG");
  const Finished scored = ito({"score", "x1.npy", "--against", "eight_gaussians", "--metric", "sliced_w2", "--json"});
  ASSERT_EQ(scored.code, 0) << scored.err;
  EXPECT_TRUE(Json::parse(scored.out)["metrics"]["sliced_w2"]["value"].is_number());
  expect_refused({"score", "x1.npy", "--against", "gaussian", "--set", "data.dim=3"}, 2, "asks for [64, 3]");
}

TEST_F(Commands, AFullDiskIsAnEnvironmentErrorAndLeavesNothingHalfWritten) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer keeps its own memory in files, which the limit cuts";
#endif
#endif
  const auto small_files = [] {
    const rlimit limit{2000, 2000};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  const Finished run = ito({"run", "tiny.toml"}, small_files);
  EXPECT_EQ(run.code, 3) << run.err;
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  const Finished sampled = ito({"sample", "tiny.toml", "--count", "1000", "--out", "x.npy"}, small_files);
  EXPECT_EQ(sampled.code, 3) << sampled.err;
  EXPECT_FALSE(fs::exists(folder_ / "x.npy"));
  // And the same folder serves a run with room to write.
  EXPECT_EQ(ito({"run", "tiny.toml"}).code, 0);
}

// One of its two networks diverges.
constexpr std::string_view kAbsurd = R"(data.name = "eight_gaussians"
model.kind = "mlp"
model.hidden = [8]
training.batch = 16
training.steps = 40
training.warmup = 0
training.clip_norm = 0.0
training.weight_decay = 900.0
grid.steps = 2
grid.t_end = 0.001
metrics.names = ["field_rms"]
metrics.count = 40
[sweep]
training.learning_rate = [1e3, 0.001]
seed = [1, 2]
)";

TEST_F(Commands, TrainGoesOnAfterATrainingThatDiverges) {
  write_file_atomically(folder_ / "absurd.toml", kAbsurd);
  for (const char* trained : {"1 of 2 networks trained now", "0 of 2 networks trained now"}) {
    Finished train = ito({"train", "absurd.toml"});
    // What each training is predicted to need; one that has ended needs nothing.
    const bool first = trained[0] == '1';
    std::size_t announced = 0;
    for (std::size_t at; (at = train.err.find("training mlp on eight_gaussians: predicted peak memory")) == 0;
         ++announced)
      train.err.erase(0, train.err.find('\n') + 1);
    EXPECT_EQ(announced, first ? 2u : 0u) << train.err;
    EXPECT_EQ(train.code, 4) << train.err;
    EXPECT_NE(train.out.find(trained), std::string::npos) << train.out;
    EXPECT_NE(train.err.find("learning_rate = 1000"), std::string::npos) << train.err;
    EXPECT_NE(train.err.find("training diverged at step "), std::string::npos) << train.err;
    EXPECT_NE(train.err.find("is not finite"), std::string::npos) << train.err;
    EXPECT_EQ(std::count(train.err.begin(), train.err.end(), '\n'), 2) << train.err;
  }
  std::map<std::string, int> files;
  for (const auto& entry : fs::directory_iterator(folder_ / "build/runs/absurd/weights"))
    ++files[entry.path().extension()];
  EXPECT_EQ(files, (std::map<std::string, int>{{".diverged", 1}, {".safetensors", 1}}));
  const Finished sample = ito({"sample", "absurd.toml", "--out", "x.npy"});
  EXPECT_EQ(sample.code, 4) << sample.err;
  EXPECT_FALSE(fs::exists(folder_ / "x.npy"));
}

TEST_F(Commands, ADivergingTrainingEndsItsOwnCells) {
  write_file_atomically(folder_ / "absurd.toml", kAbsurd);
  const Finished run = ito({"run", "absurd.toml", "--json"});
  EXPECT_EQ(run.code, 4) << run.err;
  EXPECT_NE(run.err.find("and 1 more cell: training diverged at step "), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("2 of 4 cells diverged"), std::string::npos) << run.err;
  const Json cells = Json::parse(run.out)["cells"];
  ASSERT_EQ(cells.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(cells[i]["status"], i < 2 ? "diverged" : "finished") << cells[i];
  EXPECT_NE(cells[0]["key"], cells[1]["key"]);
  const std::string page = read_text_file(folder_ / "build/runs/absurd/report.html");
  EXPECT_NE(page.find("training diverged at step"), std::string::npos);
  EXPECT_NE(page.find("Fields"), std::string::npos);
  EXPECT_NE(page.find("exact, t\u00a0=\u00a00.02"), std::string::npos);
  EXPECT_NE(ito({"verify", "absurd"}).out.find("4 cells computed again: 4 with the same bits"), std::string::npos);
}

TEST_F(Commands, ADamagedStoreIsOneLine) {
  ASSERT_EQ(ito({"run", "tiny.toml", "--out", "run"}).code, 0);
  write_file_atomically(folder_ / "run/run.sqlite", std::string_view("no store"));
  expect_refused({"report", "run"}, 2, "run.sqlite: ");
  expect_refused({"run", "tiny.toml", "--out", "run"}, 2, "run.sqlite: ");
}

}  // namespace
}  // namespace ito
