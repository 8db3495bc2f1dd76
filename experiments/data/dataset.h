// A data set: arrays with labels, or an analytic law from which as many fresh examples as wanted are drawn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "samplers/denoiser.h"
#include "samplers/factories.h"

namespace ito {
class Gaussian;         // samplers/exact
class GaussianMixture;  // samplers/exact
}  // namespace ito

namespace ito::experiments {

struct Examples {
  Tensor x;       // [N, ...] float
  Tensor labels;  // int32 [N]; undefined when the set has no labels
};

// What a recipe asks of an exact formula.
struct ExactRequest {
  PathPtr path;
  std::int64_t examples = 0;  // "finite": the first so many training examples; 0: all
};

// One of the formulas that a data set has for its own denoiser: "gaussian", "mixture" or "finite". Made (fitted, where
// the law is not a formula already) when first asked for, then kept.
struct ExactModel {
  std::string name;
  std::string meaning;  // one line
  std::function<Denoiser(const ExactRequest&)> denoiser;
};

struct Dataset {
  std::string name;
  Shape sample_shape;                    // of one example: [2], [28, 28, 1]
  int classes = 0;                       // 0: no labels
  std::vector<std::string> class_names;  // `classes` of them, or empty
  std::string hash;  // SHA-256 (hex) of what decides the numbers: files' tensors, or the law's parameters

  // Finite sets hold their arrays; analytic sets leave them undefined.
  Examples train;
  Examples held_out;

  // `count` examples numbered first .. first + count - 1 of stream `seed`: for an analytic law fresh draws; for a
  // finite set a seeded draw without repetition from held_out (or train where there is none; after the last one it
  // begins again). Example i does not depend on count or first. `label` >= 0 asks for that class alone.
  std::function<Examples(std::uint64_t seed, std::int64_t first, std::int64_t count, int label)> draw;

  // The exact formulas this set has, the best known first; empty when it has none.
  std::vector<ExactModel> exact = {};
  // The law itself where it is a Gaussian mixture in closed form (densities, guided laws); null otherwise.
  std::shared_ptr<const GaussianMixture> mixture = nullptr;
  // The Gaussian with the law's mean and covariance (those of the training examples, for a finite set), where they are
  // known; made when first asked for. May be empty: experiments/laws/data_gaussian.h has one for every set.
  std::function<std::shared_ptr<const Gaussian>()> gaussian = {};

  bool finite() const { return train.x.defined(); }
  // What draw() of a finite set takes its examples from.
  const Examples& drawn_from() const { return held_out.x.defined() ? held_out : train; }
  bool images() const { return sample_shape.rank() == 3; }
};

}  // namespace ito::experiments

namespace ito {
template <>
struct Kind<experiments::Dataset> {
  static constexpr const char* name = "data";
  using Make = std::function<std::shared_ptr<const experiments::Dataset>(const Parameters&)>;
};
}  // namespace ito
