// Numbers and tensors that many cells share (a floor, a reference solution), computed once a process.
//
// Floors depend on the seed and the data alone, while a sweep asks for them in every cell. The key is a SHA-256 of
// everything that decides the value, so remembering changes no bit.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace ito::experiments {

template <class T>
class Remembered {
 public:
  T get(const std::string& key, const std::function<T()>& compute) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = values_.find(key); found != values_.end()) return found->second;
    }
    T value = compute();
    const std::lock_guard lock(mutex_);
    return values_.try_emplace(key, std::move(value)).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, T> values_;
};

}  // namespace ito::experiments
