// What the bits suite computes: trainings, samplings, metrics and elementwise functions, each as one hash.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace ito::bits {

// What a case's configuration adds to threads and SIMD target, which stand in the process.
struct Configuration {
  std::int64_t batch;
};

struct Case {
  std::string name;
  std::vector<std::string> components;  // "kind:name"
  std::function<std::string(const Configuration&)> hash;
  bool batched = false;  // depends on Configuration::batch (and must not)
};
void PrintTo(const Case& given, std::ostream* out);

// "component=revision ...", the core's first: what the hash may change with.
std::string components_text(const Case& given);

std::vector<Case> all_cases();

}  // namespace ito::bits
