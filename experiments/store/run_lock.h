// One run at a time writes into a run's folder.
#pragma once

#include <filesystem>

namespace ito::experiments {

// Holds an advisory lock (flock) on `folder`/run.lock: the system lets go of it when the process ends, however it ends.
// EnvironmentError names the process that holds it.
class RunLock {
 public:
  explicit RunLock(const std::filesystem::path& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace ito::experiments
