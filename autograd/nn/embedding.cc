#include "autograd/nn/embedding.h"

namespace ito {

Embedding::Embedding(std::string layer_name, std::int64_t count, std::int64_t channels, std::uint64_t seed, DType dtype)
    : name(std::move(layer_name)),
      weight(initial_value(name + ".weight", {count, channels}, {1, channels}, seed, {Initial::kaiming_normal, 1},
                           dtype)) {}

}  // namespace ito
