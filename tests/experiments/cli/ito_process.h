// The built command, run as a process of its own.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "autograd/io/atomic_file.h"
#include "tests/support/temporary_folder.h"

namespace ito {

inline std::filesystem::path ito_binary() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "ito";
}

// Started in `folder`, with its output in folder/stdout and folder/stderr.
class ItoProcess {
 public:
  ItoProcess(
      const std::filesystem::path& folder, std::vector<std::string> arguments,
      const std::function<void()>& in_child = [] {})
      : folder_(folder) {
    std::vector<char*> argv;
    std::string binary = ito_binary();
    argv.push_back(binary.data());
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    process_ = fork();
    if (process_ != 0) return;
    const auto redirect = [&](const char* name, int descriptor) {
      const int file = open((folder / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      dup2(file, descriptor);
      close(file);
    };
    redirect("stdout", 1);
    redirect("stderr", 2);
    if (chdir(folder.c_str()) != 0) _exit(126);
    in_child();
    execv(binary.c_str(), argv.data());
    _exit(127);
  }
  ~ItoProcess() {
    if (running_) {
      send(SIGKILL);
      wait();
    }
  }
  ItoProcess(const ItoProcess&) = delete;
  ItoProcess& operator=(const ItoProcess&) = delete;

  void send(int signal) const { kill(process_, signal); }
  // The exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    rusage usage{};
    wait4(process_, &status, 0, &usage);
    peak_memory_ = std::int64_t{usage.ru_maxrss} * 1024;
    running_ = false;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  // Bytes resident at its peak, once it has ended.
  std::int64_t peak_memory() const { return peak_memory_; }
  std::string out() const { return read_text_file(folder_ / "stdout"); }
  std::string err() const { return read_text_file(folder_ / "stderr"); }

 private:
  std::filesystem::path folder_;
  pid_t process_ = -1;
  bool running_ = true;
  std::int64_t peak_memory_ = 0;
};

}  // namespace ito
