// Runs one case: its contenders in turn, several times each, the peak measured beside every repetition.
#pragma once

#include <string>
#include <vector>

#include "bench/case.h"

namespace ito::bench {

struct Case {
  const Family* family;
  Shape shape;
  Dtype dtype;
  int threads;
};

struct Measurement {
  std::string contender;
  Bound bound;
  double seconds;  // a run, best of the repetitions
  double rate;     // floating-point operations or bytes a second
  double peak;     // of the same unit, best of the repetitions
  double images;   // a second; 0 where a run is about none
};

// `ito` first, then the family's peers.
std::vector<Measurement> measure(const Case& chosen);

}  // namespace ito::bench
