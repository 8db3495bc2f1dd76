#include "experiments/metrics/labelled_law.h"

#include <algorithm>

namespace ito::experiments {
namespace {

const ExactModel* mixture_formula(const Dataset& data) {
  const auto found = std::find_if(data.exact.begin(), data.exact.end(),
                                  [](const ExactModel& formula) { return formula.name == "mixture"; });
  return found == data.exact.end() ? nullptr : &*found;
}

}  // namespace

std::string lacks_labelled_law(const Dataset& data) {
  if (data.mixture != nullptr && data.mixture->classes() > 0) return "";
  if (data.classes > 0 && mixture_formula(data) != nullptr) return "";
  return data.classes > 0 ? "exact formula \"mixture\"" : "labels";
}

std::shared_ptr<const GaussianMixture> labelled_law(const Dataset& data, const char* metric) {
  if (const std::string lacking = lacks_labelled_law(data); !lacking.empty())
    throw InputError(std::string(metric) + ": data '" + data.name + "' have no " + lacking);
  if (data.mixture != nullptr && data.mixture->classes() > 0) return data.mixture;
  // The law does not depend on the path that its denoiser is asked for.
  return mixture_formula(data)->denoiser({.path = make_path("flow")}).mixture;
}

void require_condition(const MetricInput& input, const char* metric) {
  if (!input.condition.defined())
    throw InputError(std::string(metric) +
                     ": no class was asked of the samples; expected a model that takes labels and a "
                     "sampling.condition other than \"none\" (of a file: labels beside the samples)");
}

}  // namespace ito::experiments
