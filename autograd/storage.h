// Storage: the bytes behind tensors, 64-byte aligned, from a cache that gives freed buffers out again.
//
// Sizes are rounded up to classes, four an octave (at most 25% unused). Each thread has a cache of its own, and a
// buffer goes back to the cache it came from, whichever thread frees it: so what a thread asks of the system depends
// only on what that thread does, and a loop whose threads repeat their work allocates nothing, however they are
// interleaved. A thread that ends leaves its cache to the next thread that starts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ito {

class StorageCache;

class Storage {
 public:
  // At least `bytes` bytes, uninitialised (0xFF under ITO_POISON=1: NaN, or -1 in int32). EnvironmentError when the
  // system has no memory left, after the caches gave back theirs.
  static std::shared_ptr<Storage> allocate(std::size_t bytes);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const { return data_; }
  std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  void count_write() { version_.fetch_add(1, std::memory_order_relaxed); }

 private:
  Storage(std::byte* data, std::size_t size, StorageCache& home) : data_(data), size_(size), home_(home) {}
  std::byte* data_;
  std::size_t size_;  // of its class
  StorageCache& home_;
  std::atomic<std::uint64_t> version_{0};
};

// How many bytes this thread's tensors come to need beyond what was in use when the need began to be counted: for each
// size class the most that were alive at once, since a freed buffer serves its own class only. What a cache that was
// empty would have asked of the system. One at a time on a thread.
class StorageNeed {
 public:
  StorageNeed();
  std::int64_t bytes() const;
};

}  // namespace ito
