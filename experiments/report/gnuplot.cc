#include "experiments/report/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "kernels/core/error.h"

extern char** environ;

namespace ito::experiments::report {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {
    if (descriptor < 0) throw EnvironmentError(std::string("gnuplot: no pipe to it: ") + std::strerror(errno));
  }
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }
  void reset() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return text;
  }
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t count = write(descriptor, text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      throw EnvironmentError(std::string("gnuplot: its script could not be written: ") + std::strerror(errno));
    at += static_cast<std::size_t>(count);
  }
}

// gnuplot's complaint without the echoed line and the caret: the last line that says something.
std::string complaint(const std::string& text) {
  std::size_t end = text.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return "no reason given";
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1,
                     end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

// A process group of its own: the terminal's Ctrl-C is for this program, which ends the report first.
struct OwnGroup {
  OwnGroup() {
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
  }
  ~OwnGroup() { posix_spawnattr_destroy(&attributes); }
  posix_spawnattr_t attributes;
};

struct FileActions {
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  posix_spawn_file_actions_t actions;
};

}  // namespace

std::string run_gnuplot(const std::string& script) {
  // The script and the complaints are files in memory, so only one pipe can fill, and it is being read.
  Descriptor input(memfd_create("gnuplot-script", MFD_CLOEXEC));
  Descriptor errors(memfd_create("gnuplot-errors", MFD_CLOEXEC));
  write_all(input.get(), script);
  lseek(input.get(), 0, SEEK_SET);
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw EnvironmentError(std::string("gnuplot: no pipe to it: ") + std::strerror(errno));
  Descriptor from(ends[0]), to(ends[1]);

  FileActions files;
  posix_spawn_file_actions_adddup2(&files.actions, input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files.actions, to.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files.actions, errors.get(), STDERR_FILENO);
  char name[] = "gnuplot", defaults[] = "--default-settings", standard_input[] = "-";
  char* arguments[] = {name, defaults, standard_input, nullptr};
  const OwnGroup group;
  pid_t child = 0;
  const int failure = posix_spawnp(&child, name, &files.actions, &group.attributes, arguments, environ);
  if (failure == ENOENT) throw EnvironmentError("gnuplot is not installed: curves need Debian's package gnuplot-nox");
  if (failure != 0) throw EnvironmentError(std::string("gnuplot could not be started: ") + std::strerror(failure));
  to.reset();
  std::string output = read_all(from.get());
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    lseek(errors.get(), 0, SEEK_SET);
    throw EnvironmentError("gnuplot failed: " + complaint(read_all(errors.get())));
  }
  return output;
}

std::string gnuplot_string(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '`') {
      out += "’";
    } else {
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out + "'";
}

}  // namespace ito::experiments::report
