// Lin, Liu, Li, Yang 2024 (Common diffusion noise schedules and sample steps are flawed), algorithm 1: a schedule of T
// training times whose last one is pure noise.
//
//   a_i = sqrt(abar_i),  a_i' = (a_i - a_{T-1}) a_0/(a_0 - a_{T-1}),  i = 0 .. T-1
//
// so a_0 stays and a_{T-1}' = 0. Between training times log alpha is linear in t, in the last cell alpha is
// (tabulated.h).
//
// With d_i = log a_i - log a_0 neither end cancels:
//
//   a_i'/a_0 = 1 - expm1(d_i)/expm1(d_{T-1}) = -e^(d_{T-1}) expm1(d_i - d_{T-1})/expm1(d_{T-1})
#include "samplers/paths/tabulated.h"
#include "samplers/paths/wrapper.h"

namespace ito {
namespace {

// Knots at t = i/T, so that a_i stands in knots[i + 1].
std::vector<double> rescaled(std::vector<double> knots) {
  const double first = knots[1], d_last = knots.back() - first;
  if (std::isinf(d_last)) return knots;  // the last is pure noise already
  for (std::size_t i = 2; i + 1 < knots.size(); ++i) {
    const double d = knots[i] - first;
    const double removed = math::expm1(d) / math::expm1(d_last);
    const double kept = -math::exp(d_last) * math::expm1(d - d_last) / math::expm1(d_last);
    knots[i] = first + (removed < 0.5 ? math::log1p(-removed) : math::log(kept));
  }
  knots.back() = -std::numeric_limits<double>::infinity();
  return knots;
}

const Register<Path> zero_terminal_snr{
    {.name = "zero_terminal_snr",
     .paper = "Lin, Liu, Li, Yang 2024 (Common diffusion noise schedules and sample steps are flawed), algorithm 1",
     .summary =
         "A discrete schedule shifted and scaled in sqrt(abar) so that its last time is pure noise: alpha(1) = 0.",
     .formula = "a_i = sqrt(abar_i of the schedule),  alpha((i + 1)/T) = (a_i - a_{T-1}) a_0/(a_0 - a_{T-1}),\n"
                "log alpha linear in t between, alpha in the last cell,  sigma = sqrt(1 - alpha^2);  t in [0, 1]",
     .parameters = base_parameters("scaled_linear")},
    [](const Parameters& parameters) {
      const PathPtr base = base_of("zero_terminal_snr", parameters);
      const auto* table = dynamic_cast<const TabulatedPath*>(base.get());
      if (table == nullptr)
        throw InputError("path 'zero_terminal_snr': it rescales a table of training times, and path '" + base->name() +
                         "' has none; expected ddpm_linear, scaled_linear, cosine_discrete, or discretised of a path "
                         "that preserves variance");
      if (table->knots().size() < 3)
        throw InputError("path 'zero_terminal_snr': path '" + base->name() +
                         "' has one training time (T = 1); expected at least 2");
      return std::make_shared<TabulatedPath>("zero_terminal_snr", "zero_terminal_snr(of=" + base->signature() + ")",
                                             rescaled(table->knots()));
    }};

}  // namespace
}  // namespace ito
