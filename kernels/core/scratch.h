// Scratch memory of a kernel: a stack that grows to the largest use seen and then never asks the system again.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ito {

// Not thread-safe: a kernel takes what all its threads need before it starts them.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  // Everything taken while a Scope lives is given back when it ends. Scopes nest.
  class Scope {
   public:
    explicit Scope(Scratch& scratch);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Scratch& scratch_;
    std::size_t block_;
    std::size_t used_;
  };

  // Room for `count` elements, 64-byte aligned, uninitialised (NaN bytes under ITO_POISON=1).
  template <class T>
  std::span<T> take(std::size_t count) {
    return {static_cast<T*>(take_bytes(count * sizeof(T))), count};
  }

 private:
  struct Block {
    std::byte* data;
    std::size_t size;
    std::size_t used;
  };
  void* take_bytes(std::size_t bytes);
  void coalesce();

  std::vector<Block> blocks_;
  std::size_t current_ = 0;  // the block being filled
  int depth_ = 0;
};

// True when ITO_POISON=1: every buffer handed out uninitialised is filled with NaN first.
bool poison_enabled();

}  // namespace ito
