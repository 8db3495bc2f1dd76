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

namespace ito::experiments {

struct Examples {
  Tensor x;       // [N, ...] float
  Tensor labels;  // int32 [N]; undefined when the set has no labels
};

struct Dataset {
  std::string name;
  Shape sample_shape;                    // of one example: [2], [28, 28, 1]
  int classes = 0;                       // 0: no labels
  std::vector<std::string> class_names;  // `classes` of them, or empty
  std::string hash;                      // SHA-256 (hex) of what decides the numbers: files' tensors, or the law's parameters

  // Finite sets hold their arrays; analytic sets leave them undefined.
  Examples train;
  Examples held_out;

  // `count` examples numbered first .. first + count - 1 of stream `seed`: for an analytic law fresh draws; for a finite
  // set a seeded draw without repetition from held_out (or train where there is none). Example i does not depend on
  // count or first. `label` >= 0 asks for that class alone.
  std::function<Examples(std::uint64_t seed, std::int64_t first, std::int64_t count, int label)> draw;

  bool finite() const { return train.x.defined(); }
  bool images() const { return sample_shape.rank() == 3; }
};

// The exact denoisers a data set has ("gaussian", "mixture", "finite"); empty when it has no such formula.
struct ExactModel {
  std::string name;
  std::function<Denoiser(PathPtr path)> denoiser;
};

}  // namespace ito::experiments

namespace ito {
template <>
struct Kind<experiments::Dataset> {
  static constexpr const char* name = "data";
  using Make = std::function<std::shared_ptr<const experiments::Dataset>(const Parameters&)>;
};
}  // namespace ito
