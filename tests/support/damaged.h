// Damaged copies of a small file, for readers that must survive all of them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace ito {

using Bytes = std::vector<std::byte>;

// Calls check(copy) with every proper prefix of `bytes`.
inline void for_each_truncation(const Bytes& bytes, const std::function<void(const Bytes&)>& check) {
  for (std::size_t n = 0; n < bytes.size(); ++n)
    check(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)));
}

// Calls check(copy) with every copy in which one bit is flipped, and with every byte set to 0xFF.
inline void for_each_flip(const Bytes& bytes, const std::function<void(const Bytes&)>& check) {
  Bytes copy = bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit <= 8; ++bit) {
      copy[i] = bit == 8 ? std::byte{0xFF} : bytes[i] ^ static_cast<std::byte>(1 << bit);
      check(copy);
    }
    copy[i] = bytes[i];
  }
}

}  // namespace ito
