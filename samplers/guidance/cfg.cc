// Ho, Salimans 2022 (Classifier-free guidance), eq. 6, whose (1 + w) is our w:
//
//   D_w(x, t, c) = D(x, t, n) + w (D(x, t, c) - D(x, t, n)) = (1 - w) D(x, t, n) + w D(x, t, c)
//
// n is the empty condition, or a label to keep away from (a negative condition). The rule is linear with weights that
// sum to 1, so it says the same of eps, x_0, v, score and velocity.
#include <vector>

#include "autograd/arithmetic.h"
#include "samplers/factories.h"

namespace ito {
namespace {

Tensor labels(std::int64_t n, std::int32_t label) {
  return Tensor::from(std::vector<std::int32_t>(static_cast<std::size_t>(n), label), Shape{n});
}

struct Cfg {
  Denoiser model;
  double w;
  std::int32_t negative;
  bool batched;

  // (1 - w) f(x, n) + w f(x, c), with f(x, times, condition, rows) called on one batch of 2 N, or on two of N: the same
  // bits. In a batch of both branches each sample is two to the model: 2 i away and 2 i + 1 towards.
  template <class F>
  Tensor guided(const Query& query, const F& f) const {
    const std::int64_t n = query.x.dim(0);
    const Tensor away = labels(n, negative);
    const Tensor towards = query.condition.defined() ? query.condition : labels(n, kUnconditional);
    if (!batched)
      return combine(
          {{1.0 - w, f(query.x, query.times, away, query.rows)}, {w, f(query.x, query.times, towards, query.rows)}});
    const Tensor xs[] = {query.x, query.x}, conditions[] = {away, towards};
    std::vector<double> times(query.times.begin(), query.times.end());
    if (times.size() > 1) times.insert(times.end(), query.times.begin(), query.times.end());
    std::vector<std::int64_t> rows(static_cast<std::size_t>(2 * n));
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t row = query.rows.empty() ? i : query.rows[static_cast<std::size_t>(i)];
      rows[static_cast<std::size_t>(i)] = 2 * row;
      rows[static_cast<std::size_t>(n + i)] = 2 * row + 1;
    }
    const Tensor y = f(concatenate_first(xs), times, concatenate_first(conditions), rows);
    return combine({{1.0 - w, y.slice_first(0, n)}, {w, y.slice_first(n, 2 * n)}});
  }

  Answer operator()(const Query& query) const {
    const auto model_of = [&](const Tensor& x, std::span<const double> times, const Tensor& condition,
                              std::span<const std::int64_t> rows) {
      return model.evaluate({x, times, condition, query.step, query.evaluation, rows}).prediction;
    };
    return {.prediction = guided(query, model_of), .renoise = {}};
  }

  Tensor vjp(const Query& query, const Tensor& v) const {
    const Tensor vs[] = {v, v};
    const Tensor v_both = batched ? concatenate_first(vs) : v;
    return guided(query, [&](const Tensor& x, std::span<const double> times, const Tensor& condition,
                             std::span<const std::int64_t> rows) {
      return model.vjp({x, times, condition, query.step, query.evaluation, rows}, v_both);
    });
  }
};

Denoiser make_cfg(const Denoiser& model, const Parameters& parameters) {
  const double w = parameters.number("w");
  const auto negative = static_cast<std::int32_t>(parameters.integer("negative"));
  if (model.classes == 0 && w != 1.0)
    throw InputError("guidance 'cfg': denoiser '" + model.name +
                     "' has no classes to guide towards; expected w = 1, or " + "guidance 'none'");
  if (negative >= model.classes && negative != kUnconditional)
    throw InputError("guidance 'cfg': negative is " + std::to_string(negative) + "; denoiser '" + model.name +
                     "' has " + std::to_string(model.classes) + " classes (-1: the unconditional model)");
  // w = 1 is the conditional model: nothing to combine, and one evaluation.
  if (w == 1.0) return model;

  const Cfg rule{model, w, negative, parameters.boolean("batched")};
  Denoiser guided = model;
  guided.name = model.name + " with cfg " + value_text(w);
  guided.evaluate = rule;
  // The guided field is no longer that of known data.
  guided.flow = {};
  guided.gives_variance = false;
  guided.mixture = nullptr;
  if (model.vjp) guided.vjp = [rule](const Query& query, const Tensor& v) { return rule.vjp(query, v); };
  if (model.reset && rule.batched) guided.reset = [reset = model.reset](std::int64_t n) { reset(2 * n); };
  guided.evaluations_per_call = 2 * model.evaluations_per_call;
  return guided;
}

const Register<Guidance> cfg{
    {.name = "cfg",
     .evaluations = "2 (1 at w = 1)",
     .paper = "Ho, Salimans 2022 (Classifier-free diffusion guidance), eq. 6, with 1 + w written w",
     .summary = "Extrapolates from the unconditional (or a negative) prediction through the conditional one.",
     .formula = "D_n + w (D_c - D_n);  w = 1: the conditional model,  w = 0: the unconditional",
     .parameters = {{.name = "w",
                     .default_value = 1.0,
                     .meaning = "weight of the condition; Ho and Salimans write 1 + w",
                     .min = -1000,
                     .max = 1000},
                    {.name = "negative",
                     .default_value = std::int64_t{kUnconditional},
                     .meaning = "label to guide away from; -1: the unconditional model",
                     .min = -1,
                     .max = 2147483647},
                    {.name = "batched",
                     .default_value = true,
                     .meaning = "both branches in one batch of twice the size, or in two calls; changes no bit"}}},
    make_cfg};

}  // namespace
}  // namespace ito
