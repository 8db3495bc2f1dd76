#include "tests/bits/golden_file.h"

#include <fstream>
#include <sstream>

namespace ito::bits {

std::filesystem::path golden_path() {
  for (std::filesystem::path folder = std::filesystem::current_path(); folder != folder.parent_path();
       folder = folder.parent_path())
    if (std::filesystem::exists(folder / "tests/golden")) return folder / "tests/golden/bits.txt";
  return {};
}

std::map<std::string, std::vector<Line>> read_golden() {
  std::map<std::string, std::vector<Line>> golden;
  std::ifstream file(golden_path());
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text[0] == '#') continue;
    std::istringstream fields(text);
    std::string name, components, hash;
    if (std::getline(fields, name, '\t') && std::getline(fields, components, '\t') && std::getline(fields, hash))
      golden[name].push_back({components, hash});
  }
  return golden;
}

void append(const std::string& name, const Line& line) {
  std::ofstream(golden_path(), std::ios::app) << name << '\t' << line.components << '\t' << line.hash << '\n';
}

}  // namespace ito::bits
