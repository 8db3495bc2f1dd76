// tests/golden/bits.txt, one line a case and set of revisions:
//
//   case   component=revision ...   SHA-256
//
// It only grows: a changed hash is legitimate under a raised `numerics` revision of a component it names, as a new
// line.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ito::bits {

struct Line {
  std::string components;
  std::string hash;
};

// Empty where no source tree is above the working folder.
std::filesystem::path golden_path();

// For each case its lines, in the order they were appended.
std::map<std::string, std::vector<Line>> read_golden();

void append(const std::string& name, const Line& line);

}  // namespace ito::bits
