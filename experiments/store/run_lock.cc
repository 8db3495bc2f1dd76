#include "experiments/store/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "kernels/core/error.h"

namespace ito::experiments {

RunLock::RunLock(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "run.lock";
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor_ < 0)
    throw EnvironmentError(file.string() + ": cannot open (" + std::generic_category().message(errno) + ")");
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t length = pread(descriptor_, holder, sizeof holder - 1, 0);
    std::string process;
    for (ssize_t i = 0; i < length && holder[i] >= '0' && holder[i] <= '9'; ++i) process += holder[i];
    close(descriptor_);
    throw EnvironmentError(folder.string() + ": another ito" + (process.empty() ? "" : " (process " + process + ")") +
                           " is working in this folder; wait for it, or name another one with --out");
  }
  // Only for the message above: a failure to write it changes nothing.
  const std::string process = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, process.data(), process.size(), 0) < 0) errno = 0;
}

RunLock::~RunLock() { close(descriptor_); }

}  // namespace ito::experiments
