// The law that metrics of classes and of guidance ask for p(x), p(c | x) and draws.
#pragma once

#include <memory>
#include <string>

#include "experiments/metrics/metric.h"
#include "samplers/exact/mixture.h"

namespace ito::experiments {

// The data's own law where that is a labelled Gaussian mixture, else the mixture of its exact formula "mixture", fitted
// when first asked for. InputError, naming the metric, where the data have neither.
std::shared_ptr<const GaussianMixture> labelled_law(const Dataset& data, const char* metric);

// "" where labelled_law() has an answer, else what the data lack; fits nothing.
std::string lacks_labelled_law(const Dataset& data);

// InputError, naming the metric, where no class was asked of the samples.
void require_condition(const MetricInput& input, const char* metric);

}  // namespace ito::experiments
