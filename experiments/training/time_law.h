// Where training times lie: always inside [lowest, highest] of the network's clock (network_time).
//
//   uniform       t uniform
//   discrete      t = (i + 1)/T, i uniform in 0 .. T - 1                            Ho 2020, algorithm 1
//   lambda        lambda = log(alpha/sigma) uniform
//   log_normal    log(sigma/alpha) ~ N(mean, std^2)                                 Karras 2022, table 1: -1.2, 1.2
//   logit_normal  log(t/(1 - t)) ~ N(mean, std^2)                                   Esser 2024, section 3.1: 0, 1
// `stratified`: example i of a batch of B takes its uniform number from [i/B, (i + 1)/B) (Kingma 2021, appendix I.1),
// which lowers the variance of the batch's loss and changes the law of no single time that is drawn over all i.
// lambda and log_normal train longer where the data's shape is decided: on vp, uniform t spends a tenth of its examples
// at sigma < 0.33.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "samplers/path.h"
#include "samplers/registry.h"

namespace ito::experiments {

enum class TimeLaw : unsigned char { uniform, discrete, lambda, log_normal, logit_normal };

struct TimeLawOptions {
  TimeLaw law = TimeLaw::lambda;
  bool stratified = false;
  std::int64_t timesteps = 1000;                        // T of discrete
  double log_normal_mean = -1.2, log_normal_std = 1.2;  // of log(sigma/alpha)
  double logit_normal_mean = 0, logit_normal_std = 1;   // of log(t/(1 - t))
};

// The recipe's training.* keys that shape a law: the fields above.
std::vector<Parameter> time_law_parameters();

const std::vector<std::string>& time_law_names();
TimeLaw time_law_from_name(std::string_view name);  // InputError for another

// The times of examples [first, first + count) of step `step` of a batch of `batch`, on the network's clock: counted by
// (seed, step, example) in Stream::training_time.
std::vector<double> training_times(const TimeLawOptions& options, const Path& path, double lowest, double highest,
                                   std::uint64_t seed, std::int64_t step, std::int64_t first, std::int64_t count,
                                   std::int64_t batch);

}  // namespace ito::experiments

// Laws are listed and explained as entries of this kind; `stratified`, which is none itself but a way to draw from any,
// stands among them.
template <>
struct ito::Kind<ito::experiments::TimeLaw> {
  static constexpr const char* name = "training_time";
  using Make = std::optional<ito::experiments::TimeLaw>;
};
