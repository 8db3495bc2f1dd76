// What can go wrong, by who can mend it. Every message is one clear line: what, where, what was expected.
#pragma once

#include <stdexcept>
#include <string>

namespace ito {

// Exit codes of the command line, and the kinds of error behind them.
enum class ErrorKind {
  input = 2,        // the caller's data, recipe or arguments
  environment = 3,  // the machine: disk, permissions, missing packages, a CPU without AVX2
  diverged = 4,     // NaN or Inf where numbers were expected
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

struct InputError : Error {
  explicit InputError(const std::string& message) : Error(ErrorKind::input, message) {}
};

struct EnvironmentError : Error {
  explicit EnvironmentError(const std::string& message) : Error(ErrorKind::environment, message) {}
};

struct DivergedError : Error {
  explicit DivergedError(const std::string& message) : Error(ErrorKind::diverged, message) {}
};

// Throws InputError(message) unless the condition holds. For arguments of public functions; costs one branch.
inline void require(bool condition, const char* message) {
  if (!condition) throw InputError(message);
}

}  // namespace ito
