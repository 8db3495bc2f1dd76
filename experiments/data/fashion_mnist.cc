// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 28 x 28 grey pictures of ten kinds of clothing, scaled to [-1, 1].
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "experiments/data/finite_set.h"
#include "experiments/data/idx.h"

namespace ito::experiments {
namespace {

namespace fs = std::filesystem;

constexpr int kClasses = 10;
constexpr std::int64_t kSide = 28;
constexpr const char* kFolder = "/usr/share/datasets/fashion-mnist";

const std::vector<std::string>& class_names() {
  static const std::vector<std::string> names = {"T-shirt", "trouser", "pullover", "dress", "coat",
                                                 "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
  return names;
}

// ITO_DATA is the folder itself, or one that holds it as fashion-mnist/.
fs::path data_folder() {
  const char* given = std::getenv("ITO_DATA");
  const fs::path base = given && *given ? given : kFolder;
  const char* probe = "train-images-idx3-ubyte.gz";
  std::error_code ignored;
  for (const fs::path& folder : {base, base / "fashion-mnist"})
    if (fs::exists(folder / probe, ignored)) return folder;
  throw EnvironmentError(
      fmt::format("Fashion-MNIST: there is no {} in {}; install Debian's package dataset-fashion-mnist (make deps), or "
                  "set ITO_DATA to the folder that holds it",
                  probe, base.string()));
}

Examples load_part(const fs::path& folder, const std::string& part) {
  const fs::path images_file = folder / (part + "-images-idx3-ubyte.gz");
  const fs::path labels_file = folder / (part + "-labels-idx1-ubyte.gz");
  std::error_code ignored;
  if (!fs::exists(labels_file, ignored))
    throw EnvironmentError(
        fmt::format("Fashion-MNIST: there is no {}; reinstall dataset-fashion-mnist", labels_file.string()));
  const Idx images = load_idx_gz(images_file, 3), labels = load_idx_gz(labels_file, 1);
  const std::int64_t n = images.extents[0];
  if (n == 0 || images.extents[1] != kSide || images.extents[2] != kSide)
    throw InputError(fmt::format("{}: {} pictures of {} x {}; pictures of 28 x 28 were expected", images_file.string(),
                                 n, images.extents[1], images.extents[2]));
  if (labels.extents[0] != n)
    throw InputError(fmt::format("{}: {} labels for {} pictures", labels_file.string(), labels.extents[0], n));

  Examples examples{Tensor::empty({n, kSide, kSide, 1}, DType::f32), Tensor::empty({n}, DType::i32)};
  float scaled[256];
  for (int p = 0; p < 256; ++p) scaled[p] = static_cast<float>(p / 127.5 - 1);
  std::transform(images.elements.begin(), images.elements.end(), examples.x.mutable_span<float>().begin(),
                 [&](std::uint8_t p) { return scaled[p]; });
  const std::span<std::int32_t> out = examples.labels.mutable_span<std::int32_t>();
  std::int64_t counts[kClasses] = {};
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (labels.elements[i] >= kClasses)
      throw InputError(
          fmt::format("{}: label {} at place {}; 0 to 9 were expected", labels_file.string(), labels.elements[i], i));
    out[i] = labels.elements[i];
    ++counts[labels.elements[i]];
  }
  for (int c = 0; c < kClasses; ++c)
    if (counts[c] == 0) throw InputError(fmt::format("{}: no example has label {}", labels_file.string(), c));
  return examples;
}

const Register<Dataset> fashion_mnist{
    {.name = "fashion-mnist",
     .paper = "Xiao, Rasul, Vollgraf 2017",
     .summary = "60,000 grey pictures of clothing, 28 x 28, ten classes; 10,000 more held out; scaled to [-1, 1]",
     .formula = "x = pixel / 127.5 - 1"},
    [](const Parameters&) {
      const fs::path folder = data_folder();
      Examples train = load_part(folder, "train");
      return finite_dataset("fashion-mnist", std::move(train), load_part(folder, "t10k"), class_names(), kClasses);
    }};

}  // namespace
}  // namespace ito::experiments
