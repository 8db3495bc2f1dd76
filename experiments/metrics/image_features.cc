#include "experiments/metrics/image_features.h"

#include <algorithm>
#include <list>
#include <mutex>

#include "autograd/io/sha256.h"
#include "autograd/ops/ops.h"
#include "autograd/tape.h"
#include "experiments/training/train.h"
#include "samplers/exact/batch.h"

namespace ito::experiments {
namespace {

constexpr std::size_t kRemembered = 12;  // of one seed: samples, two references, a blurred one, and a few more

struct Network {
  std::string key;
  std::shared_ptr<const Classifier> classifier;
  std::string hash;  // of what it computes: its signature, with its numerics, and its weights
};

// Networks by name and data, feature sets by network and images; for all metrics of the process.
struct Cache {
  std::mutex mutex;
  std::list<Network> networks;
  std::list<std::pair<std::string, std::shared_ptr<const ImageFeatures>>> sets;
};
Cache& cache() {
  static Cache cache;
  return cache;
}

Network network_of(const std::string& weights, const Dataset& data) {
  const std::string key =
      weights + "\n" + data.name + "\n" + data.sample_shape.text() + "\n" + std::to_string(data.classes);
  const std::lock_guard lock(cache().mutex);
  for (const Network& known : cache().networks)
    if (known.key == key) return known;
  std::shared_ptr<const Classifier> classifier = load_classifier(weights, data);
  const std::string hash = Sha256().text(classifier->signature()).text(weights_hash(*classifier->share())).hex();
  return cache().networks.emplace_back(Network{key, std::move(classifier), hash});
}

std::string lacks_labelled_images(const Dataset& data) {
  if (!data.images()) return "images";
  return data.classes == 0 ? "labels" : "";
}

}  // namespace

Parameter classifier_parameter() {
  return {.name = "classifier",
          .default_value = std::string(),
          .meaning =
              "weights of the classifier whose features are compared: a name in experiments/weights, or a file; empty: "
              "fashion-classifier, for the data that it was trained on alone"};
}

Metric FeatureNetwork::metric(std::function<std::vector<MetricValue>(const MetricInput&)> measure,
                              bool by_class) const {
  return {.measure = std::move(measure),
          .lacks = lacks_labelled_images,
          .by_class = by_class,
          .depends_on = [weights = weights_](const Dataset& data) { return network_of(weights, data).hash; }};
}

std::shared_ptr<const ImageFeatures> FeatureNetwork::of(const Tensor& x, const Dataset& data) const {
  const Network network = network_of(weights_, data);
  const std::string key = Sha256().text(network.hash).tensor(x).hex();
  {
    const std::lock_guard lock(cache().mutex);
    for (const auto& [known, set] : cache().sets)
      if (known == key) return set;
  }
  const NoGrad no_grad;
  const Tensor features = network.classifier->features(x);
  const auto made = std::make_shared<ImageFeatures>();
  made->features = sample_rows(features);
  made->probabilities = sample_rows(softmax(network.classifier->logits(features)));
  made->count = x.dim(0);
  made->width = features.dim(1);
  made->classes = network.classifier->classes();
  const std::lock_guard lock(cache().mutex);
  cache().sets.emplace_front(key, made);
  if (cache().sets.size() > kRemembered) cache().sets.pop_back();
  return made;
}

}  // namespace ito::experiments
