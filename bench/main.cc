// `make bench`: a table of kernels, each with the fraction of this machine's peak that it reaches. `make bench-peers`
// is the same program with other libraries linked in.
//
//   ito_bench [kernel=gemm] [shape=512x512x64] [dtype=float|double] [threads=1]
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "bench/measure.h"
#include "kernels/core/error.h"
#include "kernels/core/simd_target.h"

namespace {

using namespace ito;
using namespace ito::bench;

struct Selection {
  std::string kernel;
  std::optional<Shape> shape;
  std::optional<Dtype> dtype;
  std::optional<int> threads;
};

std::int64_t parse_size(std::string_view text, const std::string& where) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1)
    throw InputError(where + ": expected whole numbers from 1, as in 512x512x64");
  return value;
}

Shape parse_shape(std::string_view text) {
  Shape shape;
  const std::string where = "shape=" + std::string(text);
  while (true) {
    const std::size_t cut = text.find('x');
    shape.push_back(parse_size(text.substr(0, cut), where));
    if (cut == std::string_view::npos) return shape;
    text.remove_prefix(cut + 1);
  }
}

// Empty values are as if not given, so that a Makefile can pass all of them.
Selection parse(int argc, char** argv) {
  Selection selection;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t cut = argument.find('=');
    const std::string_view key = argument.substr(0, cut);
    const std::string_view value = cut == std::string_view::npos ? "" : argument.substr(cut + 1);
    if (key != "kernel" && key != "shape" && key != "dtype" && key != "threads")
      throw InputError(std::string(argument) + ": expected kernel=, shape=, dtype= or threads=");
    if (value.empty()) continue;
    if (key == "kernel") selection.kernel = value;
    if (key == "shape") selection.shape = parse_shape(value);
    if (key == "threads") selection.threads = static_cast<int>(parse_size(value, std::string(argument)));
    if (key == "dtype") {
      if (value != "float" && value != "double") throw InputError(std::string(argument) + ": expected float or double");
      selection.dtype = value == "float" ? Dtype::float32 : Dtype::float64;
    }
  }
  return selection;
}

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

std::vector<Case> select(const Selection& selection, bool only_with_peers) {
  std::vector<Case> cases;
  std::string names;
  for (const Family& family : families()) {
    if (only_with_peers && peers(family.kernel).empty()) continue;
    names += (names.empty() ? "" : ", ") + family.kernel;
    if (!selection.kernel.empty() && selection.kernel != family.kernel) continue;
    const std::size_t rank = family.shapes.front().size();
    if (selection.shape && selection.shape->size() != rank) {
      if (selection.kernel.empty()) continue;
      throw InputError("shape=" + shape_text(*selection.shape) + ": " + family.kernel + " expects " + family.axes);
    }
    const auto shapes = selection.shape ? std::vector<Shape>{*selection.shape} : family.shapes;
    const auto dtypes = selection.dtype ? std::vector<Dtype>{*selection.dtype} : family.dtypes;
    std::vector<int> threads = {1};
    if (selection.threads) threads = {*selection.threads};
    if (!selection.threads && default_threads() > 1) threads.push_back(default_threads());
    for (const Dtype dtype : dtypes)
      for (const Shape& shape : shapes)
        for (const int count : threads) cases.push_back({&family, shape, dtype, count});
  }
  if (cases.empty()) throw InputError("kernel=" + selection.kernel + ": expected one of " + names);
  return cases;
}

std::string time_text(double seconds) {
  return seconds < 1e-3 ? fmt::format("{:.1f} us", seconds * 1e6) : fmt::format("{:.2f} ms", seconds * 1e3);
}

void print(const Case& measured, const std::vector<Measurement>& measurements) {
  for (const Measurement& m : measurements) {
    const char* unit = m.bound == Bound::compute ? "GFLOP/s" : "GB/s";
    fmt::print("{:<28}{:<18}{:<8}{:>7}{:>13}{:>10.1f} {:<7}{:>9.1f}{:>10.2f}", measured.family->kernel,
               shape_text(measured.shape), dtype_name(measured.dtype), measured.threads, time_text(m.seconds),
               m.rate * 1e-9, unit, m.peak * 1e-9, m.rate / m.peak);
    if (m.images > 0) fmt::print("  {:.0f} images/s", m.images);
    if (measurements.size() > 1) fmt::print("  {:<9}{:>6.2f}", m.contender, measurements.front().rate / m.rate);
    fmt::print("\n");
  }
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  const bool with_peers = std::any_of(families().begin(), families().end(),
                                      [](const Family& family) { return !peers(family.kernel).empty(); });
  const std::vector<Case> cases = select(parse(argc, argv), with_peers);
  // Contenders of a case take turns, so that a change of clock or load meets all of them.
  std::vector<std::string> flags = {argv[0], "--benchmark_enable_random_interleaving=true"};
  std::vector<char*> pointers = {flags[0].data(), flags[1].data()};
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());

  fmt::print(
      "vectors: {}; peak: fused multiply-adds in registers (GFLOP/s), or STREAM's triad (GB/s), on as many threads, "
      "measured beside each case; best of the repetitions\n"
      "(triad, as STREAM counts it, leaves out the line that a store reads first: adamw, which writes where it reads, "
      "can pass 1)\n",
      simd_target_name(simd_target()));
  fmt::print("{:<28}{:<18}{:<8}{:>7}{:>13}{:>18}{:>9}{:>10}{}\n", "kernel", "shape", "type", "threads", "time",
             "rate   ", "peak", "fraction", with_peers ? "  library   ito / it" : "");
  for (const Case& chosen : cases) print(chosen, measure(chosen));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return error.exit_code();
  }
}
