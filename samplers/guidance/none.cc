// No guidance: the model, conditioned on its labels.
#include "samplers/factories.h"

namespace ito {
namespace {

const Register<Guidance> none{{.name = "none",
                               .evaluations = "1",
                               .paper = "-",
                               .summary = "The model as it is, conditioned on its labels.",
                               .formula = "D(x, t, c)"},
                              [](const Denoiser& model, const Parameters&) { return model; }};

}  // namespace
}  // namespace ito
