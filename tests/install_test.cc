// A user's program against an installed copy: `make install`, pkg-config, compile, run.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "samplers/registry.h"

namespace ito {
namespace {

namespace fs = std::filesystem;

struct Command {
  int status = -1;
  std::string output;
};

Command shell(const std::string& line) {
  Command command;
  // The tests' own make, where there is one, must not lend its job server.
  FILE* pipe = popen(("unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES; { " + line + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) return command;
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    command.output.append(buffer.data(), count);
  const int status = pclose(pipe);
  command.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return command;
}

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

// The copy is installed once, from the objects beside this very program.
class Install : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // BUILD/COMPILER-MODE/ito_tests
    const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path();
    release_ = folder.filename().string().ends_with("-release");
    if (!release_) return;
    compiler_ = folder.filename().string().starts_with("clang") ? "clang++" : "g++";
    std::string pattern = (fs::temp_directory_path() / "ito-install-XXXXXX").string();
    stage_ = mkdtemp(pattern.data());
    const Command install = shell("make -s --no-print-directory install MODE=release CXX=" + compiler_ + " BUILD=" +
                                  quoted(fs::relative(folder.parent_path())) + " PREFIX=" + quoted(prefix()));
    ASSERT_EQ(install.status, 0) << install.output;
  }
  static void TearDownTestSuite() {
    if (!stage_.empty()) fs::remove_all(stage_);
  }
  void SetUp() override {
    if (!release_) GTEST_SKIP() << "the release build is what is installed";
  }

  static fs::path prefix() { return stage_ / "usr"; }
  static std::string pkg_config(const std::string& arguments) {
    return "PKG_CONFIG_PATH=" + quoted(prefix() / "lib/pkgconfig") + " pkg-config " + arguments + " ito";
  }
  // Compiles a program of tests/install outside the tree and runs it.
  static Command build_and_run(const std::string& name) {
    const fs::path program = stage_ / name;
    fs::copy_file(fs::path("tests/install") / (name + ".cc"), program.string() + ".cc",
                  fs::copy_options::overwrite_existing);
    return shell("cd " + quoted(stage_) + " && flags=$(" + pkg_config("--cflags --libs") + ") && " + compiler_ +
                 " -O1 -Wall -Wextra " + name + ".cc $flags -o " + name + " && ./" + name);
  }

  static inline bool release_ = false;
  static inline std::string compiler_;
  static inline fs::path stage_;
};

TEST_F(Install, PutsEachThingWhereItIsLookedFor) {
  for (const char* file : {"bin/ito", "lib/libito.a", "lib/pkgconfig/ito.pc", "include/ito/samplers/solver.h",
                           "include/ito/autograd/tensor.h", "include/ito/kernels/core/context.h"})
    EXPECT_TRUE(fs::exists(prefix() / file)) << file;
  for (const auto& entry : fs::recursive_directory_iterator("experiments"))
    if (entry.path().extension() == ".toml") {
      EXPECT_TRUE(fs::exists(prefix() / "share/ito/recipes" / entry.path().filename())) << entry.path();
    }
  const Command flags = shell(pkg_config("--cflags"));
  for (const char* flag :
       {"-std=c++20", "-march=x86-64-v3", "-maes", "-mpclmul", "-ffp-contract=off", "-DHWY_DISABLED_TARGETS=0xFF"})
    EXPECT_NE(flags.output.find(flag), std::string::npos) << flags.output;
  EXPECT_EQ(flags.output.find(fs::current_path().string()), std::string::npos) << "the source tree is not needed";
}

TEST_F(Install, AUsersOwnDenoiserIsSampled) {
  const Command run = build_and_run("own_denoiser");
  ASSERT_EQ(run.status, 0) << run.output;
  double mean = 0, deviation = 0;
  long long evaluations = 0;
  ASSERT_EQ(std::sscanf(run.output.c_str(), "mean %lf, deviation %lf, after %lld", &mean, &deviation, &evaluations), 3)
      << run.output;
  // 2,000 numbers of N(3, 0.5^2): four standard errors, and what 50 first-order steps lose.
  EXPECT_NEAR(mean, 3, 4 * 0.5 / std::sqrt(2000.0) + 0.01);
  EXPECT_NEAR(deviation, 0.5, 4 * 0.5 / std::sqrt(4000.0) + 0.02);
  EXPECT_EQ(evaluations, 50);
}

TEST_F(Install, NoRegisteredPartIsDroppedAndSamplesAreRight) {
  const Command run = build_and_run("inventory");
  ASSERT_EQ(run.status, 0) << run.output;
  std::set<std::string> names;
  std::vector<double> samples, times;
  std::istringstream lines(run.output);
  for (std::string first, second; lines >> first >> second;) {
    if (first == "sample")
      samples.push_back(std::stod(second));
    else if (first == "time")
      times.push_back(std::stod(second));
    else
      names.insert(first + " " + second);
  }
  std::set<std::string> expected;
  for (const Entry* entry : all_entries())
    if (entry->kind == "path" || entry->kind == "grid" || entry->kind == "solver" || entry->kind == "guidance")
      expected.insert(entry->kind + " " + entry->name);
  EXPECT_GT(expected.size(), 15u);
  EXPECT_EQ(names, expected);

  // DDIM on `flow` (alpha = 1 - t, sigma = t) for data N(3, 0.5^2) is affine; here in long double.
  ASSERT_EQ(times.size(), 21u);
  ASSERT_EQ(samples.size(), 3u);
  const long double m = 3, s2 = 0.25L;
  const std::vector<double> starts = {-2, 0, 1};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    long double x = starts[i];
    for (std::size_t k = 0; k + 1 < times.size(); ++k) {
      const long double t = times[k], to = times[k + 1];
      const long double x0 = ((1 - t) * s2 * x + t * t * m) / ((1 - t) * (1 - t) * s2 + t * t);
      x = (1 - to) * x0 + to / t * (x - (1 - t) * x0);
    }
    EXPECT_NEAR(samples[i], static_cast<double>(x), 1e-13);
    // The exact flow takes -2, 0, 1 to 3 + 0.5 x; twenty first-order steps come near it.
    EXPECT_NEAR(samples[i], 3 + 0.5 * starts[i], 0.15);
  }
}

TEST_F(Install, EveryInstalledHeaderStandsAlone) {
  const fs::path all = stage_ / "headers.cc";
  std::string includes;
  const fs::path root = prefix() / "include/ito";
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const std::string name = fs::relative(entry.path(), root).string();
    // -inl headers, and what they are made of, are for SIMD code: included once for each target, inside its namespace.
    if (!name.ends_with(".h") || name.ends_with("-inl.h") || name.starts_with("kernels/core/math_")) continue;
    includes += "#include <" + name + ">\n";
    ++count;
  }
  EXPECT_GT(count, 20);
  std::FILE* file = std::fopen(all.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs(includes.c_str(), file);
  std::fclose(file);
  const Command compile = shell(compiler_ + " -fsyntax-only $(" + pkg_config("--cflags") + ") " + quoted(all));
  EXPECT_EQ(compile.status, 0) << compile.output;
}

TEST_F(Install, DestdirIsForPackagers) {
  const Command install = shell("make -s --no-print-directory install MODE=release CXX=" + compiler_ + " BUILD=" +
                                quoted(fs::relative(fs::read_symlink("/proc/self/exe").parent_path().parent_path())) +
                                " PREFIX=/opt/ito DESTDIR=" + quoted(stage_ / "root"));
  ASSERT_EQ(install.status, 0) << install.output;
  EXPECT_TRUE(fs::exists(stage_ / "root/opt/ito/lib/libito.a"));
  const Command prefix_line = shell("head -1 " + quoted(stage_ / "root/opt/ito/lib/pkgconfig/ito.pc"));
  EXPECT_EQ(prefix_line.output, "prefix=/opt/ito\n");
}

}  // namespace
}  // namespace ito
