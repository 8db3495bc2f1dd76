#include "autograd/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernels/core/error.h"

namespace ito {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const char* what, const fs::path& path, int error) {
  throw EnvironmentError(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

// While one lives, a write past RLIMIT_FSIZE fails with EFBIG instead of ending the process: SIGXFSZ, which the kernel
// sends to the writing thread, stays blocked, and one that this scope caused is taken back.
class FileSizeSignalBlocked {
 public:
  FileSizeSignalBlocked() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGXFSZ);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGXFSZ) == 1;
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~FileSizeSignalBlocked() {
    const timespec now{};
    if (!was_pending_)
      while (sigtimedwait(&set_, nullptr, &now) == -1 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  FileSizeSignalBlocked(const FileSizeSignalBlocked&) = delete;
  FileSizeSignalBlocked& operator=(const FileSizeSignalBlocked&) = delete;

 private:
  sigset_t set_, before_;
  bool was_pending_ = false;
};

// Removes a file unless it has been kept.
struct Temporary {
  fs::path path;
  bool kept = false;
  ~Temporary() {
    if (!kept) ::unlink(path.c_str());
  }
};

// 0, or the error that stopped it.
int write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EIO;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return 0;
}

template <class Buffer>
Buffer read_into(const fs::path& path, std::uint64_t limit) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR))
    throw InputError(fmt::format("{}: there is no such file", path.string()));
  if (file.get() < 0) refuse("read", path, errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) refuse("read", path, errno);
  if (!S_ISREG(status.st_mode)) throw InputError(fmt::format("{}: not a regular file", path.string()));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit)
    throw InputError(fmt::format("{}: {} bytes long; at most {} were expected", path.string(), size, limit));
  Buffer buffer(size, {});
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t n = ::read(file.get(), buffer.data() + done, buffer.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse("read", path, errno);
    if (n == 0) break;  // it became shorter meanwhile
    done += static_cast<std::size_t>(n);
  }
  buffer.resize(done);
  return buffer;
}

}  // namespace

void write_file_atomically(const fs::path& given, std::span<const std::byte> bytes) {
  fs::path path = given;
  std::error_code ignored;
  if (fs::is_symlink(fs::symlink_status(path, ignored)))
    if (const fs::path target = fs::canonical(path, ignored); !ignored) path = target;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw InputError(fmt::format("{}: cannot be written: it exists and is not a regular file", given.string()));

  static std::atomic<unsigned> counter{0};
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  Temporary temporary{
      folder / fmt::format(".{}.{}.{}.tmp", path.filename().string().substr(0, 200), ::getpid(), counter.fetch_add(1))};
  Descriptor file(::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) {
    temporary.kept = true;  // not ours
    refuse("write", given, errno);
  }
  {
    const FileSizeSignalBlocked blocked;
    if (const int error = write_all(file.get(), bytes)) refuse("write", given, error);
  }
  if (::fsync(file.get()) != 0) refuse("write", given, errno);
  if (file.close() != 0) refuse("write", given, errno);
  if (::rename(temporary.path.c_str(), path.c_str()) != 0) refuse("write", given, errno);
  temporary.kept = true;

  // The rename itself reaches the disk with its folder. Some file systems cannot sync a folder: the file is whole then
  // all the same.
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0 && ::fsync(directory.get()) != 0 && errno != EINVAL && errno != ENOTSUP)
    refuse("sync the folder of", given, errno);
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  write_file_atomically(path, std::as_bytes(std::span(text.data(), text.size())));
}

std::vector<std::byte> read_file(const fs::path& path, std::uint64_t limit) {
  return read_into<std::vector<std::byte>>(path, limit);
}

std::string read_text_file(const fs::path& path, std::uint64_t limit) { return read_into<std::string>(path, limit); }

}  // namespace ito
