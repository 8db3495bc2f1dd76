#include "bench/case.h"

#include <utility>

namespace ito::bench {
namespace {

std::vector<Family>& all_families() {
  static std::vector<Family> list;
  return list;
}
std::vector<std::pair<std::string, Contender>>& all_peers() {
  static std::vector<std::pair<std::string, Contender>> list;
  return list;
}

}  // namespace

bool add_family(Family family) {
  all_families().push_back(std::move(family));
  return true;
}
const std::vector<Family>& families() { return all_families(); }

bool add_peer(const std::string& kernel, Contender peer) {
  all_peers().emplace_back(kernel, std::move(peer));
  return true;
}
std::vector<Contender> peers(const std::string& kernel) {
  std::vector<Contender> found;
  for (const auto& [name, peer] : all_peers())
    if (name == kernel) found.push_back(peer);
  return found;
}

}  // namespace ito::bench
