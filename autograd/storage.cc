#include "autograd/storage.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/core/error.h"
#include "kernels/core/scratch.h"

#if defined(__SANITIZE_ADDRESS__)
#define ITO_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ITO_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef ITO_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace ito {
namespace {

constexpr std::size_t kAlignment = 64;
std::atomic<std::int64_t> system_allocations{0};

struct SizeClass {
  std::size_t index;
  std::size_t bytes;
};

// Multiples of 64 up to 256, then four classes an octave: (4 + j) 2^e for j = 1 .. 4.
SizeClass size_class(std::size_t bytes) {
  if (bytes <= 4 * kAlignment) {
    const std::size_t units = std::max<std::size_t>(1, (bytes + kAlignment - 1) / kAlignment);
    return {units - 1, units * kAlignment};
  }
  const std::size_t octave =
      static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;  // 2^octave < bytes <= 2^(octave+1)
  const std::size_t step = std::size_t{1} << (octave - 2);
  const std::size_t steps = (bytes - (std::size_t{1} << octave) + step - 1) / step;  // 1 .. 4
  return {4 * (octave - 7) + steps - 1, (std::size_t{1} << octave) + steps * step};
}
constexpr std::size_t kClasses = 4 * (63 - 7) + 4;

constexpr std::int64_t class_bytes(std::size_t index) {
  if (index < 4) return static_cast<std::int64_t>((index + 1) * kAlignment);
  return static_cast<std::int64_t>(5 + index % 4) << (index / 4 + 5);
}

// Under AddressSanitizer a cached buffer, and the unused end of one that was handed out, may not be touched.
void forbid([[maybe_unused]] std::byte* data, [[maybe_unused]] std::size_t size) {
#ifdef ITO_ADDRESS_SANITIZER
  __asan_poison_memory_region(data, size);
#endif
}
void permit([[maybe_unused]] std::byte* data, [[maybe_unused]] std::size_t size) {
#ifdef ITO_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(data, size);
#endif
}

std::byte* system_allocate(std::size_t bytes) {
  auto* data = static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kAlignment}, std::nothrow));
  if (data != nullptr) system_allocations.fetch_add(1, std::memory_order_relaxed);
  return data;
}

}  // namespace

class StorageCache {
 public:
  // A cached buffer of this class, or nullptr.
  std::byte* take(const SizeClass& size) {
    const std::lock_guard lock(mutex_);
    Use& use = use_[size.index];
    use.most = std::max(use.most, ++use.now);
    auto& free = free_[size.index];
    if (free.empty()) return nullptr;
    std::byte* data = free.back();
    free.pop_back();
    permit(data, size.bytes);
    return data;
  }
  void put(std::byte* data, std::size_t bytes) {
    forbid(data, bytes);
    const std::lock_guard lock(mutex_);
    const std::size_t index = size_class(bytes).index;
    free_[index].push_back(data);
    --use_[index].now;
  }
  void count_from_here() {
    const std::lock_guard lock(mutex_);
    for (Use& use : use_) use.begin = use.most = use.now;
  }
  std::int64_t needed() {
    const std::lock_guard lock(mutex_);
    std::int64_t bytes = 0;
    for (std::size_t index = 0; index < kClasses; ++index)
      bytes += (use_[index].most - use_[index].begin) * class_bytes(index);
    return bytes;
  }
  void release_to_system() {
    const std::lock_guard lock(mutex_);
    for (auto& free : free_) {
      for (std::byte* data : free) ::operator delete (data, std::align_val_t{kAlignment});
      free.clear();
    }
  }

 private:
  struct Use {  // buffers of a class that are handed out
    std::int64_t now = 0, most = 0, begin = 0;
  };
  std::mutex mutex_;
  std::array<std::vector<std::byte*>, kClasses> free_;
  std::array<Use, kClasses> use_{};
};

namespace {

// All caches that were ever made; never destroyed, because a tensor may outlive main().
struct Caches {
  std::mutex mutex;
  std::vector<StorageCache*> all;
  std::vector<StorageCache*> idle;  // their threads have ended
};
Caches& caches() {
  static auto* const caches = new Caches;
  return *caches;
}

struct CacheOfThread {
  CacheOfThread() {
    Caches& known = caches();
    const std::lock_guard lock(known.mutex);
    if (known.idle.empty()) {
      cache = known.all.emplace_back(new StorageCache);
    } else {
      cache = known.idle.back();
      known.idle.pop_back();
    }
  }
  ~CacheOfThread() {
    Caches& known = caches();
    const std::lock_guard lock(known.mutex);
    known.idle.push_back(cache);
  }
  StorageCache* cache;
};

void release_caches_to_system() {
  Caches& known = caches();
  const std::lock_guard lock(known.mutex);
  for (StorageCache* cache : known.all) cache->release_to_system();
}

}  // namespace

namespace {

StorageCache& cache_of_thread() {
  thread_local CacheOfThread of_thread;
  return *of_thread.cache;
}

}  // namespace

StorageNeed::StorageNeed() { cache_of_thread().count_from_here(); }
std::int64_t StorageNeed::bytes() const { return cache_of_thread().needed(); }

std::shared_ptr<Storage> Storage::allocate(std::size_t bytes) {
  StorageCache& home = cache_of_thread();
  const SizeClass size = size_class(bytes);
  std::byte* data = home.take(size);
  if (data == nullptr) data = system_allocate(size.bytes);
  if (data == nullptr) {
    release_caches_to_system();
    data = system_allocate(size.bytes);
  }
  if (data == nullptr)
    throw EnvironmentError("out of memory: a tensor of " + std::to_string(bytes) + " bytes was asked for");
  if (poison_enabled()) std::memset(data, 0xFF, size.bytes);
  forbid(data + bytes, size.bytes - bytes);
  return std::shared_ptr<Storage>(new Storage(data, size.bytes, home));
}

Storage::~Storage() { home_.put(data_, size_); }

std::int64_t storage_allocations() { return system_allocations.load(std::memory_order_relaxed); }

}  // namespace ito
