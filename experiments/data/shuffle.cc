#include "experiments/data/shuffle.h"

#include <numeric>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/random/random.h"

namespace ito::experiments {

std::vector<std::int32_t> shuffled(std::int64_t n, std::uint64_t seed, std::int64_t epoch) {
  require(n >= 0 && n < (std::int64_t{1} << 31), "shuffled: 0 to 2^31 - 1 examples");
  require(epoch >= 0 && epoch < (std::int64_t{1} << 32), "shuffled: the epoch does not fit 32 bits");
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const RandomKey key(seed, static_cast<std::uint32_t>(epoch), Stream::shuffle);
  std::array<std::uint32_t, 4> words{};
  for (std::int64_t i = n - 1; i > 0; --i) {
    if (i % 4 == 3 || i == n - 1) words = random_words(key, 0, static_cast<std::uint32_t>(i / 4));
    const auto j = static_cast<std::size_t>(
        std::uint64_t{words[static_cast<std::size_t>(i % 4)]} * static_cast<std::uint64_t>(i + 1) >> 32);
    std::swap(order[static_cast<std::size_t>(i)], order[j]);
  }
  return order;
}

}  // namespace ito::experiments
