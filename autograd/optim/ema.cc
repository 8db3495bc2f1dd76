#include "autograd/optim/ema.h"

#include <algorithm>

#include "kernels/optimizer/optimizer.h"

namespace ito {

Ema::Ema(std::vector<NamedTensor> parameters, double decay, bool warmup)
    : parameters_(std::move(parameters)), decay_(decay), warmup_(warmup) {
  require(decay >= 0 && decay <= 1, "the decay of a moving average lies in [0, 1]");
  for (const NamedTensor& parameter : parameters_) average_.push_back({parameter.name, parameter.value.clone()});
}

void Ema::update() {
  const double n = static_cast<double>(updates_++);
  const double decay = warmup_ ? std::min(decay_, (1 + n) / (10 + n)) : decay_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor& average = average_[i].value;
    with_float_type(average.dtype(), [&]<class T>() {
      kernels::exponential_average<T>(context(average), decay, average.size(), parameters_[i].value.span<T>().data(),
                                      average.mutable_span<T>().data());
    });
  }
}

}  // namespace ito
