// The one rule between the rooms: experiments -> samplers -> autograd -> kernels; an include goes right, never left.
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

namespace {

namespace fs = std::filesystem;

// The tree's root: the nearest folder above the working directory that holds the Makefile and kernels/.
fs::path tree_root() {
  for (fs::path folder = fs::current_path(); folder != folder.parent_path(); folder = folder.parent_path())
    if (fs::exists(folder / "Makefile") && fs::exists(folder / "kernels")) return folder;
  return {};
}

struct Include {
  std::string file;
  int line;
  std::string target;
};

std::vector<Include> includes_under(const fs::path& root, const std::string& room, const std::regex& pattern) {
  std::vector<Include> found;
  if (!fs::exists(root / room)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cc" && extension != ".cu") continue;
    std::ifstream file(entry.path());
    std::string text;
    for (int line = 1; std::getline(file, text); ++line) {
      std::smatch match;
      if (std::regex_search(text, match, pattern))
        found.push_back({fs::relative(entry.path(), root).string(), line, match[1].str()});
    }
  }
  return found;
}

TEST(Architecture, IncludesRunTowardsKernels) {
  const fs::path root = tree_root();
  ASSERT_FALSE(root.empty()) << "run the tests inside the source tree";
  const std::map<std::string, int> rank = {{"kernels", 0}, {"autograd", 1}, {"samplers", 2}, {"experiments", 3}};
  const std::regex pattern(R"re(^\s*#\s*include\s+"([^"]+)")re");
  int seen = 0;
  for (const auto& [room, level] : rank) {
    for (const Include& include : includes_under(root, room, pattern)) {
      ++seen;
      const std::string target = include.target.substr(0, include.target.find('/'));
      ASSERT_TRUE(rank.contains(target)) << include.file << ":" << include.line << ": includes \"" << include.target
                                         << "\", which is in none of the four rooms";
      EXPECT_LE(rank.at(target), level) << include.file << ":" << include.line << ": " << room << " includes "
                                        << include.target;
    }
  }
  EXPECT_GT(seen, 20) << "the test looked in the wrong place";
}

TEST(Architecture, SamplersKnowNoNetworks) {
  const fs::path root = tree_root();
  const std::regex pattern(R"re(^\s*#\s*include\s+"((autograd/(nn|optim)/)[^"]+)")re");
  for (const Include& include : includes_under(root, "samplers", pattern))
    ADD_FAILURE() << include.file << ":" << include.line << ": samplers include " << include.target;
}

// Builds stay short: a heavy header is included by three files at most.
TEST(Architecture, HeavyHeadersAreRare) {
  const fs::path root = tree_root();
  for (const std::string heavy : {"CLI/", "toml++/", "nlohmann/", "Eigen/"}) {
    const std::regex pattern("^\\s*#\\s*include\\s+<(" + std::string(heavy == "toml++/" ? "toml\\+\\+/" : heavy) +
                             "[^>]+)>");
    std::map<std::string, int> files;
    for (const std::string room : {"kernels", "autograd", "samplers", "experiments"})
      for (const Include& include : includes_under(root, room, pattern)) ++files[include.file];
    EXPECT_LE(files.size(), 3u) << heavy << " is included by " << files.size() << " files";
  }
}

}  // namespace
