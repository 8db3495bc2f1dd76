#include "autograd/optim/adamw.h"

#include "kernels/optimizer/optimizer.h"

namespace ito {

AdamW::AdamW(std::vector<NamedTensor> parameters, const AdamWOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  require(options.beta1 >= 0 && options.beta1 < 1 && options.beta2 >= 0 && options.beta2 < 1,
          "AdamW's betas lie in [0, 1)");
  require(options.epsilon > 0, "AdamW's epsilon is above 0");
  require(options.weight_decay >= 0, "AdamW's weight decay is not negative");
  for (const NamedTensor& parameter : parameters_)
    moments_.push_back({Tensor::zeros_like(parameter.value), Tensor::zeros_like(parameter.value)});
}

void AdamW::step(std::span<const Tensor> gradients, double learning_rate) {
  require(gradients.size() == parameters_.size(), "AdamW takes one gradient for each parameter");
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (gradients[i].shape() != parameters_[i].value.shape() || gradients[i].dtype() != parameters_[i].value.dtype())
      throw InputError("AdamW: the gradient of " + parameters_[i].name + " has shape " + gradients[i].shape().text() +
                       " and type " + dtype_name(gradients[i].dtype()));
  const kernels::AdamW settings{.step = ++steps_,
                                .learning_rate = learning_rate,
                                .beta1 = options_.beta1,
                                .beta2 = options_.beta2,
                                .epsilon = options_.epsilon,
                                .weight_decay = options_.weight_decay};
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    Tensor& parameter = parameters_[i].value;
    const Tensor gradient = gradients[i].packed();
    with_float_type(parameter.dtype(), [&]<class T>() {
      kernels::adamw<T>(context(parameter), settings, parameter.size(), gradient.span<T>().data(),
                        parameter.mutable_span<T>().data(), moments_[i].m.mutable_span<T>().data(),
                        moments_[i].v.mutable_span<T>().data());
    });
  }
}

void AdamW::state(const ParameterVisitor& visit) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    visit(parameters_[i].name + ".m", moments_[i].m);
    visit(parameters_[i].name + ".v", moments_[i].v);
  }
}

}  // namespace ito
