#include "autograd/io/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <bit>

#include "autograd/io/stored_type.h"
#include "kernels/core/error.h"

namespace ito {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() {
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1)
      throw EnvironmentError("libcrypto offers no SHA-256");
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1)
    throw EnvironmentError("libcrypto's SHA-256 failed");
  return *this;
}

Sha256& Sha256::text(std::string_view text) {
  integer(static_cast<std::int64_t>(text.size()));
  return update(std::as_bytes(std::span(text.data(), text.size())));
}

Sha256& Sha256::integer(std::int64_t value) {
  std::array<std::byte, 8> bytes;
  for (int i = 0; i < 8; ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
  return update(bytes);
}

Sha256& Sha256::number(double value) { return integer(std::bit_cast<std::int64_t>(value)); }

Sha256& Sha256::tensor(const Tensor& x) {
  text(dtype_name(x.dtype()));
  integer(x.rank());
  for (const std::int64_t extent : x.shape().extents()) integer(extent);
  return update(tensor_bytes(x.contiguous() ? x : x.clone()));
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(state_->context, digest.data(), &length) != 1 || length != digest.size())
    throw EnvironmentError("libcrypto's SHA-256 failed");
  std::string text;
  for (const unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) { return Sha256().update(bytes).hex(); }
std::string sha256_hex(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text.data(), text.size()))); }
std::string sha256_hex(const Tensor& x) { return Sha256().tensor(x).hex(); }

}  // namespace ito
