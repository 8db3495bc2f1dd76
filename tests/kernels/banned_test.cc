// What the contract bans on every backend, looked for in the sources: approximations, operations that lose a NaN or an
// order, and another library's mathematics. (What the linked command imports is held by the imports test.)
#include <fstream>
#include <regex>

#include "tests/support/tree.h"

namespace {

namespace fs = std::filesystem;

const char* const kBanned[] = {
    R"(\bhn::(Max|Min|Ne|SumOfLanes|ReduceSum|MaxOfLanes|MinOfLanes)\b)",  // blind to NaN, or an order of its own
    R"(ApproximateReciprocal)",
    R"(_(rsqrt|rcp)(14|28)?_[ps][sd])",
    R"(hwy/contrib/)",
    R"(omp\b.*\breduction)",
    R"(omp\s+simd)",
    R"(std::(hash|unordered_\w+|\w+_distribution)\b)",
};

bool banned(const std::string& code) {
  static const std::regex pattern = [] {
    std::string any;
    for (const char* one : kBanned) any += (any.empty() ? "" : "|") + std::string(one);
    return std::regex(any, std::regex::optimize);
  }();
  return std::regex_search(code, pattern);
}

TEST(Banned, NothingInKernelsAutogradAndSamplers) {
  const fs::path root = ito::tree_root();
  int seen = 0;
  for (const char* room : {"kernels", "autograd", "samplers"})
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cc") continue;
      ++seen;
      std::ifstream file(entry.path());
      std::string line;
      for (int number = 1; std::getline(file, line); ++number) {
        if (banned(line.substr(0, line.find("//"))))
          ADD_FAILURE() << fs::relative(entry.path(), root).string() << ":" << number << ": " << line;
      }
    }
  EXPECT_GT(seen, 100) << "the test looked in the wrong place";
}

TEST(Banned, TheSearchFinds) {
  for (const char* line : {"y = hn::Max(a, b);", "hn::SumOfLanes(d, v)", "_mm512_rsqrt14_ps(x)", "_mm256_rcp_ps(x)",
                           "hn::ApproximateReciprocalSqrt(x)", "#pragma omp parallel for reduction(+ : sum)",
                           "std::unordered_map<int, int>", "std::normal_distribution<double>"})
    EXPECT_TRUE(banned(line)) << line;
  EXPECT_FALSE(banned("hn::MaxLanes(d) std::max(a, b)"));
}

}  // namespace
