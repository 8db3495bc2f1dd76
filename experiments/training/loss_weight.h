// The weight w(t) of the loss  E w(t) |prediction - target|^2 / D.
//
// A rule states its weight on one prediction; on another it is divided by c^2, where the predictions' errors at a fixed
// x_t are c times those of x_0 (MATHS.md section 2):
//   eps: c = -alpha/sigma (c^2 = SNR);   v: (alpha^2 + sigma^2)/sigma (SNR + 1 where alpha^2 + sigma^2 = 1);
//   velocity: (alpha sigma' - alpha' sigma)/sigma;   score: alpha/sigma^2
#pragma once

#include <string_view>
#include <vector>

#include "samplers/path.h"
#include "samplers/prediction.h"
#include "samplers/registry.h"

namespace ito::experiments {

enum class LossWeight : unsigned char {
  uniform,  // 1 on the network's own prediction
  snr,      // SNR on x_0: 1 on eps                                                    Ho 2020, eq. 14
  min_snr,  // min(SNR, gamma) on x_0                                                  Hang 2023, gamma 5
  p2,       // (k + SNR)^-gamma on eps                                                 Choi 2022, eq. 8, k 1, gamma 1
  edm,      // (s^2 + sd^2)/(s sd)^2 on x_0, s = sigma/alpha                           Karras 2022, table 1, sd 0.5
  sigmoid,  // 1/(1 + e^(log SNR - b)) on eps                                          Kingma, Gao 2023, b 2
};

struct LossWeightOptions {
  LossWeight rule = LossWeight::uniform;
  double min_snr_gamma = 5;
  double p2_k = 1, p2_gamma = 1;
  double sigma_data = 0.5;
  double sigmoid_bias = 2;
};

// The recipe's training.* keys that shape a rule: the fields above.
std::vector<Parameter> loss_weight_parameters();

const std::vector<std::string>& loss_weight_names();
LossWeight loss_weight_from_name(std::string_view name);  // InputError for another

// w on `prediction` at time t. InputError where the path is clean there (sigma = 0) and the weight is infinite.
double loss_weight(const LossWeightOptions& options, Prediction prediction, const Path& path, Time t);

}  // namespace ito::experiments

// Rules are listed and explained as entries of this kind.
template <>
struct ito::Kind<ito::experiments::LossWeight> {
  static constexpr const char* name = "loss_weight";
  using Make = ito::experiments::LossWeight;
};
