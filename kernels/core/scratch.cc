#include "kernels/core/scratch.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace ito {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kSmallestBlock = std::size_t{1} << 16;

std::byte* allocate(std::size_t bytes) {
  return static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kAlignment}));
}
void release(std::byte* data) { ::operator delete (data, std::align_val_t{kAlignment}); }

}  // namespace

bool poison_enabled() {
  static const bool enabled = [] {
    const char* value = std::getenv("ITO_POISON");
    return value != nullptr && std::strcmp(value, "1") == 0;
  }();
  return enabled;
}

Scratch::~Scratch() {
  for (const Block& block : blocks_) release(block.data);
}

Scratch::Scope::Scope(Scratch& scratch)
    : scratch_(scratch),
      block_(scratch.current_),
      used_(scratch.blocks_.empty() ? 0 : scratch.blocks_[scratch.current_].used) {
  ++scratch_.depth_;
}

Scratch::Scope::~Scope() {
  for (std::size_t b = block_ + 1; b < scratch_.blocks_.size(); ++b) scratch_.blocks_[b].used = 0;
  if (block_ < scratch_.blocks_.size()) scratch_.blocks_[block_].used = used_;
  scratch_.current_ = block_;
  if (--scratch_.depth_ == 0) scratch_.coalesce();
}

// Several blocks become one of their total size, so that the next use of the same size fits in one piece.
void Scratch::coalesce() {
  if (blocks_.size() < 2) return;
  std::size_t total = 0;
  for (const Block& block : blocks_) {
    total += block.size;
    release(block.data);
  }
  blocks_.clear();
  blocks_.push_back({allocate(total), total, 0});
  current_ = 0;
}

void* Scratch::take_bytes(std::size_t bytes) {
  bytes = (std::max<std::size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  while (current_ < blocks_.size() && blocks_[current_].used + bytes > blocks_[current_].size) {
    if (current_ + 1 == blocks_.size()) break;
    ++current_;
  }
  if (blocks_.empty() || blocks_[current_].used + bytes > blocks_[current_].size) {
    const std::size_t size = std::max({bytes, kSmallestBlock, blocks_.empty() ? 0 : 2 * blocks_.back().size});
    blocks_.push_back({allocate(size), size, 0});
    current_ = blocks_.size() - 1;
  }
  Block& block = blocks_[current_];
  std::byte* data = block.data + block.used;
  block.used += bytes;
  if (poison_enabled()) std::memset(data, 0xFF, bytes);
  return data;
}

}  // namespace ito
