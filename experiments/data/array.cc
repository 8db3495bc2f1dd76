// Anybody's array: x [N, ...] from .npy or .npz, labels [N] beside it.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "autograd/arithmetic.h"
#include "autograd/io/npy.h"
#include "experiments/data/finite_set.h"

namespace ito::experiments {
namespace {

constexpr int kMostClasses = 1 << 20;

// The array called `name` in an .npz, or its only one; or what an .npy holds.
Tensor load_array(const std::string& file, const char* name) {
  if (!file.ends_with(".npz")) return load_npy(file);
  const NamedTensors arrays = load_npz(file);
  if (arrays.size() == 1) return arrays.begin()->second;
  const auto it = arrays.find(name);
  if (it != arrays.end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [key, x] : arrays) names.push_back(key);
  throw InputError(fmt::format("{}: there is no array '{}' in it, only {}", file, name,
                               names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "))));
}

Tensor load_samples(const std::string& file) {
  const Tensor x = load_array(file, "x").to(DType::f32);
  if (x.rank() < 2 || x.dim(0) == 0 || x.size() == 0)
    throw InputError(fmt::format("{}: an array of shape {}; [N, ...] with at least one example was expected", file,
                                 x.shape().text()));
  if (!all_finite(x)) {
    const std::span<const float> v = x.span<float>();
    const auto bad = std::find_if(v.begin(), v.end(), [](float e) { return !(e - e == 0); }) - v.begin();
    throw InputError(
        fmt::format("{}: example {} has an element that is not finite", file, bad / (x.size() / x.dim(0))));
  }
  return x;
}

// Undefined when there are none.
Tensor load_labels(const std::string& file, const std::string& labels_file, std::int64_t n) {
  Tensor labels;
  if (!labels_file.empty())
    labels = load_array(labels_file, "labels");
  else if (file.ends_with(".npz")) {
    const NamedTensors arrays = load_npz(file);
    if (const auto it = arrays.find("labels"); arrays.size() > 1 && it != arrays.end()) labels = it->second;
  }
  if (!labels.defined()) return labels;
  const std::string& where = labels_file.empty() ? file : labels_file;
  if (labels.dtype() != DType::i32) throw InputError(fmt::format("{}: labels must be integers", where));
  if (labels.rank() != 1 || labels.dim(0) != n)
    throw InputError(
        fmt::format("{}: labels of shape {}; [{}] was expected, one an example", where, labels.shape().text(), n));
  const std::span<const std::int32_t> v = labels.span<std::int32_t>();
  for (std::size_t i = 0; i < v.size(); ++i)
    if (v[i] < 0 || v[i] >= kMostClasses)
      throw InputError(
          fmt::format("{}: label {} at place {}; 0 to {} were expected", where, v[i], i, kMostClasses - 1));
  return labels;
}

std::shared_ptr<const Dataset> make_array(const Parameters& p) {
  const std::string& file = p.text("file");
  if (file.empty()) throw InputError("data.file: the array's file (.npy or .npz) is needed");
  const Tensor x = load_samples(file);
  const Tensor labels = load_labels(file, p.text("labels"), x.dim(0));
  const std::int64_t held = p.integer("held_out"), n = x.dim(0);
  if (held >= n)
    throw InputError(fmt::format("data.held_out: {} of {} examples; at least one must be left to train on", held, n));
  int classes = 0;
  if (labels.defined()) {
    const std::span<const std::int32_t> v = labels.span<std::int32_t>();
    classes = *std::max_element(v.begin(), v.end()) + 1;
  }
  const Examples all{x, labels};
  if (held == 0) return finite_dataset("array", all, {}, {}, classes);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  const std::span<const std::int64_t> every(rows);
  return finite_dataset("array", gather(all, every.first(static_cast<std::size_t>(n - held))),
                        gather(all, every.last(static_cast<std::size_t>(held))), {}, classes);
}

const Register<Dataset> array{
    {.name = "array",
     .summary = "anybody's array: x [N, ...] from .npy or .npz, with integer labels [N] beside it",
     .parameters = {{"file", std::string(), "the .npy or .npz file; in an .npz, the array x or the only one"},
                    {"labels", std::string(), "file of integer labels; empty: labels in the .npz, or none"},
                    {"held_out", std::int64_t{0}, "how many of the last examples are kept from training", 0}}},
    make_array};

}  // namespace
}  // namespace ito::experiments
