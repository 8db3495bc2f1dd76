// A small residual network that tells the classes of images apart. Its penultimate features are what metrics compare
// samples and data by.
//
//   conv_in -> [residual block, halve] ... -> norm, silu, mean over positions = features [N, F] -> linear = logits
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "autograd/nn/residual_block.h"
#include "experiments/models/model.h"

namespace ito::experiments {

class Classifier : public Model {
 public:
  // channels: of each level, the last is the number of features. InputError for data that are not labelled images whose
  // sides the levels halve to whole numbers.
  Classifier(const Dataset& data, std::uint64_t seed, const std::vector<std::int64_t>& channels, double dropout);

  // InputError: a classifier denoises nothing.
  Denoiser denoiser(PathPtr path) const override;
  Objective objective() const override { return Objective::classify; }
  std::string signature() const override;
  bool trainable() const override { return true; }
  void parameters(const ParameterVisitor& visit) override;
  std::unique_ptr<Model> share() const override { return std::make_unique<Classifier>(*this); }
  double multiply_adds() const override;
  std::int64_t samples_at_a_time() const override { return 8; }

  // Logits [N, classes] of clean images.
  Tensor forward(const NetworkInput& input) const override;
  // [N, F] of clean images x [N, H, W, C], in pieces on all threads, and logits from features; nothing is recorded.
  Tensor features(const Tensor& x) const;
  Tensor logits(const Tensor& features) const;
  // The share of labelled images that it gives their class.
  double accuracy(const Examples& images) const;
  int classes() const { return classes_; }

 private:
  Tensor features_of(const Tensor& x, const DropoutPlace* place) const;

  std::vector<std::int64_t> channels_;
  double dropout_;
  Shape image_;
  int classes_;
  Conv2d conv_in_;
  std::vector<ResidualBlock> blocks_;
  GroupNorm norm_out_;
  Linear head_;
};

// The shipped classifier of this name, or a file's, for images such as `data` has. InputError where the weights were
// trained on images of another shape. "": the one that is shipped for Fashion-MNIST, which judges no other data.
std::shared_ptr<const Classifier> load_classifier(const std::string& weights, const Dataset& data);

}  // namespace ito::experiments
