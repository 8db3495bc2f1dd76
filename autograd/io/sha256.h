// SHA-256 (FIPS 180-4): the names of tensors, recipes and cells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "autograd/tensor.h"

namespace ito {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  Sha256& update(std::span<const std::byte> bytes);
  // Length first, so that ("ab", "c") and ("a", "bc") differ.
  Sha256& text(std::string_view text);
  Sha256& integer(std::int64_t value);  // 8 bytes, little-endian
  Sha256& number(double value);         // its bit pattern
  Sha256& tensor(const Tensor& x);      // type, shape, elements in row-major order
  std::string hex();                    // ends the message: 64 lower-case digits; no update may follow

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);
std::string sha256_hex(const Tensor& x);

}  // namespace ito
