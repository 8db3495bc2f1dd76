// Of the jobs that failed, the one that stands first among all, whichever failed first in time.
#pragma once

#include <cstddef>
#include <exception>
#include <mutex>

namespace ito::experiments {

// From any thread. Where jobs are begun in order and none after a failure is begun, what it throws is the same on any
// number of threads: every job before one that failed has been begun and is ended.
class FirstFailure {
 public:
  void keep(std::size_t job, std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (failure_ && job_ < job) return;
    job_ = job;
    failure_ = std::move(failure);
  }
  // Nothing where none failed. Once all jobs have ended.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::size_t job_ = 0;
  std::exception_ptr failure_;
};

}  // namespace ito::experiments
