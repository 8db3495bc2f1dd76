#include "samplers/exact/adaptive_flow.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "autograd/arithmetic.h"
#include "kernels/core/math.h"
#include "samplers/registry.h"

namespace ito {
namespace {

// Dormand, Prince 1980, table 2 (RK5(4)7M): nodes, stages, and the difference of the two orders' weights. The last
// stage stands at the new state (first same as last), whose weights of order 5 are its row.
constexpr int kStages = 7;
constexpr double kNode[kStages] = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
constexpr double kStage[kStages][kStages - 1] = {
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
constexpr double kError[kStages] = {71.0 / 57600,        0,          -71.0 / 16695, 71.0 / 1920,
                                    -17253.0 / 339200.0, 22.0 / 525, -1.0 / 40};

// Step control with proportional and integral parts (Gustafsson 1991; Hairer, Wanner 1996, IV.2).
constexpr double kSafety = 0.9, kIntegral = 0.7 / 5, kProportional = 0.4 / 5;
constexpr double kShrink = 0.2, kGrow = 5.0;
constexpr double kLeastError = 1e-4;  // what an error of almost nothing counts as in the next step's control

constexpr double kBend = 0.1;  // a of the clock

using Indices = std::vector<std::int64_t>;

struct Place {
  double w;
  Time t;
  double scale;  // sqrt(alpha^2 + sigma^2)
  double speed;  // d theta / dw; 0 where alpha or sigma is
};

double scale_at(const Path& path, Time t) {
  const double alpha = path.alpha(t), sigma = path.sigma(t);
  return std::sqrt(alpha * alpha + sigma * sigma);
}

double speed_at(double w) {
  const double e = math::exp(w);
  const double p = e - kBend, q = 1 - kBend * e;  // sqrt(sigma) : sqrt(alpha)
  return 2 * p * q * e * (1 - kBend * kBend) / (p * p * p * p + q * q * q * q);
}

Place end_place(const Path& path, Time t) {
  const double p = std::sqrt(path.sigma(t)), q = std::sqrt(path.alpha(t));
  const double w = math::log((p + kBend * q) / (q + kBend * p));
  return {w, t, scale_at(path, t), p * q == 0 ? 0 : speed_at(w)};
}

Place inner_place(const Path& path, double w) {
  const double e = math::exp(w);
  const Time t = path.time(Lambda(2 * math::log((1 - kBend * e) / (e - kBend))));
  return {w, t, scale_at(path, t), speed_at(w)};
}

// y + sum_j h a_j k_j, with each sample's own h.
Tensor advanced(const Tensor& y, const std::vector<double>& h, const double* a, const std::vector<Tensor>& k) {
  std::vector<SampleTerm> terms{{std::vector<double>(h.size(), 1.0), y}};
  for (std::size_t j = 0; j < k.size(); ++j) {
    if (a[j] == 0) continue;
    SampleTerm term{h, k[j]};
    for (double& c : term.coefficients) c *= a[j];
    terms.push_back(std::move(term));
  }
  return combine_per_sample(terms);
}

std::vector<double> rms_per_sample(const Tensor& y) {
  std::vector<double> rms = squared_norm_per_sample(y);
  const double elements =
      static_cast<double>(std::max<std::int64_t>(1, y.size() / std::max<std::int64_t>(1, y.dim(0))));
  for (double& value : rms) value = std::sqrt(value / elements);
  return rms;
}

// One walk of the samples that are still on their way: rows of y and k_1.
class Walk {
 public:
  Walk(const Path& path, Time from, Time to, const AdaptiveFlow::Model& model)
      : path_(path), begin_(end_place(path, from)), end_(end_place(path, to)), model_(model) {}

  const Place& begin() const { return begin_; }
  const Place& end() const { return end_; }

  // dy/dw of `rows`, each at its own place.
  Tensor slope(const Tensor& y, const std::vector<Place>& places, const Indices& rows) const {
    Indices moving;
    for (std::size_t i = 0; i < places.size(); ++i)
      if (places[i].speed != 0) moving.push_back(static_cast<std::int64_t>(i));
    if (moving.empty()) return Tensor::zeros_like(y);
    const bool all = moving.size() == places.size();
    std::vector<double> scales, times, speeds;
    Indices asked;
    for (const std::int64_t i : moving) {
      const Place& place = places[static_cast<std::size_t>(i)];
      scales.push_back(place.scale);
      times.push_back(place.t.value);
      speeds.push_back(place.speed / place.scale);
      asked.push_back(rows[static_cast<std::size_t>(i)]);
    }
    const SampleTerm state[] = {{scales, all ? y : gather_first(y, moving)}};
    const SampleTerm v[] = {{speeds, model_(combine_per_sample(state), times, asked)}};
    const Tensor found = combine_per_sample(v);
    if (all) return found;
    const Tensor with_zero[] = {found, Tensor::zeros_like(y.slice_first(0, 1))};
    Indices source(places.size(), found.dim(0));
    for (std::size_t i = 0; i < moving.size(); ++i)
      source[static_cast<std::size_t>(moving[i])] = static_cast<std::int64_t>(i);
    return gather_first(concatenate_first(with_zero), source);
  }

  // Where stage `stage` of steps h from w stands; the interval's end is met exactly.
  std::vector<Place> places(const std::vector<double>& w, const std::vector<double>& h, const std::vector<bool>& last,
                            int stage) const {
    std::vector<Place> found;
    for (std::size_t i = 0; i < w.size(); ++i)
      found.push_back(last[i] && kNode[stage] == 1 ? end_ : inner_place(path_, w[i] + kNode[stage] * h[i]));
    return found;
  }

 private:
  const Path& path_;
  Place begin_, end_;
  const AdaptiveFlow::Model& model_;
};

// NaN where there is one.
double largest(const std::vector<double>& errors) {
  double most = 0;
  for (const double error : errors) {
    if (std::isnan(error)) return error;
    most = std::max(most, error);
  }
  return most;
}

[[noreturn]] void give_up(std::int64_t row, const std::string& why, Time from, Time to, const FlowControl& control) {
  throw DivergedError("dormand_prince: sample " + std::to_string(row) + " of the batch " + why + " between times " +
                      value_text(from.value) + " and " + value_text(to.value) + " (rtol " + value_text(control.rtol) +
                      ", atol " + value_text(control.atol) + ")");
}

// The next step's length after one of length h with this error (over its tolerance; NaN is a refusal).
double next_length(double h, double error, double last_error, bool after_refusal) {
  if (error > 1) return h * std::max(kShrink, kSafety * math::pow(error, -0.2));
  if (std::isnan(error)) return h * kShrink;
  if (error == 0) return h * (after_refusal ? 1 : kGrow);
  const double factor = kSafety * math::pow(error, -kIntegral) * math::pow(last_error, kProportional);
  return h * std::clamp(factor, kShrink, after_refusal ? 1.0 : kGrow);
}

// The samples that are still on their way.
struct Batch {
  Indices rows;
  std::vector<double> w;
  std::vector<std::int64_t> tried;
  std::vector<bool> refused;  // the last step
  Tensor y, k_1;

  std::size_t size() const { return rows.size(); }
  void add(const Batch& from, std::size_t i, double at, bool refusal) {
    rows.push_back(from.rows[i]);
    w.push_back(at);
    tried.push_back(from.tried[i]);
    refused.push_back(refusal);
  }
};

}  // namespace

Tensor AdaptiveFlow::walk(const Path& path, const Tensor& x, Time from, Time to, const Model& model) {
  if (x.dim(0) == 0 || from == to) return x;
  const Walk walk(path, from, to, model);
  const double direction = walk.end().w < walk.begin().w ? -1 : 1;
  const double least = 8 * (x.dtype() == DType::f32 ? 0x1p-23 : 0x1p-52);
  const double rtol = std::max(control_.rtol, least), atol = std::max(control_.atol, least);
  const std::size_t n = static_cast<std::size_t>(x.dim(0));
  if (proposed_.size() != n) {
    proposed_.assign(n, math::pow(std::max(rtol, atol), 0.2));
    last_error_.assign(n, kLeastError);
  }

  Batch batch{.rows = Indices(n),
              .w = std::vector<double>(n, walk.begin().w),
              .tried = std::vector<std::int64_t>(n, 0),
              .refused = std::vector<bool>(n, false),
              .y = combine({{1.0 / walk.begin().scale, x}}),
              .k_1 = {}};
  for (std::size_t i = 0; i < n; ++i) batch.rows[i] = static_cast<std::int64_t>(i);
  batch.k_1 = walk.slope(batch.y, std::vector<Place>(n, walk.begin()), batch.rows);

  std::vector<Tensor> arrived;
  Indices place_of(n);  // among the arrived
  std::int64_t count = 0;
  while (batch.size() > 0) {
    const std::size_t m = batch.size();
    std::vector<double> h(m);
    std::vector<bool> last(m);
    for (std::size_t i = 0; i < m; ++i) {
      const double left = std::abs(walk.end().w - batch.w[i]);
      const double wanted = proposed_[static_cast<std::size_t>(batch.rows[i])];
      // What is left is taken whole rather than as a step and a sliver.
      last[i] = !control_.adaptive || left <= 1.1 * wanted;
      h[i] = direction * (last[i] ? left : wanted);
      if (batch.tried[i]++ == control_.max_steps)
        give_up(batch.rows[i], "needs more than " + std::to_string(control_.max_steps) + " steps", from, to, control_);
      if (!last[i] && std::abs(h[i]) < 4 * 0x1p-52)
        give_up(batch.rows[i], "has come to steps as small as rounding: its tolerance cannot be met", from, to,
                control_);
    }

    std::vector<Tensor> k{batch.k_1};
    for (int stage = 1; stage < kStages - 1; ++stage)
      k.push_back(walk.slope(advanced(batch.y, h, kStage[stage], k), walk.places(batch.w, h, last, stage), batch.rows));
    Tensor y_new = advanced(batch.y, h, kStage[kStages - 1], k);
    if (!control_.adaptive) return combine({{walk.end().scale, y_new}});
    Tensor k_new = walk.slope(y_new, walk.places(batch.w, h, last, kStages - 1), batch.rows);
    k.push_back(k_new);

    std::vector<double> errors = rms_per_sample(advanced(Tensor::zeros_like(batch.y), h, kError, k));
    const std::vector<double> before = rms_per_sample(batch.y), after = rms_per_sample(y_new);
    for (std::size_t i = 0; i < m; ++i) errors[i] /= atol + rtol * std::max(before[i], after[i]);
    if (control_.together) errors.assign(m, largest(errors));
    // Samples that arrive leave the batch; those whose step was refused stay where they are.
    Batch still;
    Indices source, leaving;  // rows of (y, y_new) below one another; of y_new
    std::size_t kept_and_on = 0;
    for (std::size_t i = 0; i < m; ++i) {
      double& proposed = proposed_[static_cast<std::size_t>(batch.rows[i])];
      double& last_error = last_error_[static_cast<std::size_t>(batch.rows[i])];
      const double error = errors[i];
      const bool kept = error <= 1;  // not for NaN
      const double next = next_length(std::abs(h[i]), error, last_error, batch.refused[i]);
      // A kept step that the end cut short says nothing against the one that was proposed.
      proposed = kept && last[i] ? std::max(next, proposed) : next;
      if (kept) last_error = std::max(error, kLeastError);
      if (kept && last[i]) {
        leaving.push_back(static_cast<std::int64_t>(i));
        place_of[static_cast<std::size_t>(batch.rows[i])] = count++;
      } else {
        still.add(batch, i, kept ? batch.w[i] + h[i] : batch.w[i], !kept);
        source.push_back(static_cast<std::int64_t>(kept ? m + i : i));
        kept_and_on += kept ? 1 : 0;
      }
    }
    if (!leaving.empty()) arrived.push_back(gather_first(y_new, leaving));
    const auto moved_on = [&](const Tensor& before_step, const Tensor& after_step) {
      if (kept_and_on == m) return after_step;
      const Tensor both[] = {before_step, after_step};
      return gather_first(concatenate_first(both), source);
    };
    still.y = moved_on(batch.y, y_new);
    still.k_1 = moved_on(batch.k_1, k_new);
    batch = std::move(still);
  }
  return combine({{walk.end().scale, gather_first(concatenate_first(arrived), place_of)}});
}

}  // namespace ito
