// What is measured: families of cases (one kernel, a list of shapes), each beside its peak and, in the peers' binary,
// beside other libraries. A file in bench/ registers its own families:
//
//   const bool registered = bench::add_family({.kernel = "gemm", .axes = "m x n x k", .shapes = {{1024, 1024, 1024}},
//                                              .make = make_gemm});
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kernels/core/context.h"

namespace ito::bench {

enum class Dtype : unsigned char { float32, float64 };
constexpr const char* dtype_name(Dtype dtype) { return dtype == Dtype::float32 ? "float" : "double"; }
constexpr std::int64_t dtype_size(Dtype dtype) { return dtype == Dtype::float32 ? 4 : 8; }

// What limits a kernel, hence which peak it is compared with: register-only fused multiply-adds, or STREAM's triad.
enum class Bound : unsigned char { compute, memory };

using Shape = std::vector<std::int64_t>;

// One case, ready to run: `amount` is floating-point operations (compute) or bytes read and written (memory) of a run.
struct Work {
  Bound bound;
  double amount;
  std::function<void(Context&)> run;
  double images = 0;  // that a run works on; 0: it is about no images
};
using Make = std::function<Work(const Shape&, Dtype)>;

struct Family {
  std::string kernel;
  std::string axes;  // what the numbers of a shape are
  std::vector<Shape> shapes;
  std::vector<Dtype> dtypes = {Dtype::float32};
  Make make;
};

struct Contender {
  std::string name;
  Make make;
};

bool add_family(Family family);
const std::vector<Family>& families();

// Another library's way of doing a family's cases.
bool add_peer(const std::string& kernel, Contender peer);
std::vector<Contender> peers(const std::string& kernel);

// n numbers in [-1, 1), the same each time.
template <class T>
std::vector<T> values(std::int64_t n) {
  std::vector<T> filled(static_cast<std::size_t>(n));
  std::uint32_t state = 1;
  for (T& value : filled) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<T>(state) / T(0x80000000u) - T(1);
  }
  return filled;
}

}  // namespace ito::bench
