// The determinism contract as a whole: one file of hashes, tests/golden/bits.txt, for every configuration.
//
// Each case is computed on 1, 2, 5 and 7 threads, on each SIMD target and in sampling batches of 1, 7 and 64; the
// second compiler runs the same suite (`make test-bits CXX=clang++`). ITO_RECORD_BITS=1 appends the lines of cases or
// revisions that the file does not have.
#include <cstdio>
#include <cstdlib>
#include <set>

#include "kernels/core/context.h"
#include "kernels/core/simd_target.h"
#include "tests/bits/cases.h"
#include "tests/bits/golden_file.h"

namespace {

using namespace ito;
using namespace ito::bits;

bool recording() {
  const char* value = std::getenv("ITO_RECORD_BITS");
  return value != nullptr && std::string(value) == "1";
}

// Calls body(description) for every SIMD target and number of threads.
template <class Body>
void for_each_machine(const Body& body) {
  const SimdTarget target_before = simd_target();
  const int threads_before = default_context().threads;
  for (const SimdTarget target : {SimdTarget::avx512, SimdTarget::avx2}) {
    if (!simd_target_supported(target)) continue;
    set_simd_target(target);
    for (const int threads : {1, 2, 5, 7}) {
      set_threads(threads);
      body(std::string(simd_target_name(target)) + ", " + std::to_string(threads) + " threads");
    }
  }
  set_simd_target(target_before);
  set_threads(threads_before);
}

class Bits : public testing::TestWithParam<Case> {};

TEST_P(Bits, AreThoseOfTheGoldenFile) {
  const Case& given = GetParam();
  const std::string components = components_text(given);
  const auto golden = read_golden();
  const auto found = golden.find(given.name);
  std::string expected;
  if (found != golden.end() && found->second.back().components == components) expected = found->second.back().hash;

  std::set<std::string> hashes;
  for_each_machine([&](const std::string& where) {
    for (const std::int64_t batch : {1, 7, 64}) {
      if (!given.batched && batch != 64) continue;
      const std::string hash = given.hash({batch});
      hashes.insert(hash);
      if (!expected.empty()) {
        EXPECT_EQ(hash, expected) << where << ", batch " << batch;
      }
    }
  });
  ASSERT_EQ(hashes.size(), 1u) << "the bits depend on threads, SIMD target or batch";
  if (!expected.empty()) return;
  ASSERT_TRUE(recording()) << "tests/golden/bits.txt has no line for these revisions (" << components
                           << "): ITO_RECORD_BITS=1 appends it";
  append(given.name, {components, *hashes.begin()});
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name;
  for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(, Bits, testing::ValuesIn(all_cases()), test_name);

// One hash for each case and revisions; no line ever changed or removed, in the working tree or in history.
TEST(BitsFile, OnlyGrows) {
  for (const auto& [name, lines] : read_golden()) {
    std::set<std::string> seen;
    for (const Line& line : lines)
      EXPECT_TRUE(seen.insert(line.components).second)
          << name << ": two lines for " << line.components << "; raise a component's numerics revision";
  }
  const std::filesystem::path root = golden_path().parent_path().parent_path().parent_path();
  if (!std::filesystem::exists(root / ".git")) GTEST_SKIP() << "not a git checkout: history is not there to compare";
  const std::string git = "git -C '" + root.string() + "' ";
  const std::string commands = git + "log -p --format= -- tests/golden/bits.txt 2>/dev/null; " + git +
                               "diff HEAD -- tests/golden/bits.txt 2>/dev/null";
  FILE* pipe = popen(commands.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string removed;
  char buffer[4096];
  while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr)
    if (buffer[0] == '-' && buffer[1] != '-' && buffer[1] != '#') removed += buffer;
  pclose(pipe);
  EXPECT_EQ(removed, "") << "lines of tests/golden/bits.txt were changed or removed";
}

}  // namespace
