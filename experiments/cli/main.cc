// ito: what can go wrong ends here, as one line on standard error and an exit code.
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "experiments/cli/arguments.h"
#include "kernels/core/error.h"
#include "kernels/core/float_environment.h"

namespace {

int fail(const std::string& message, ito::ErrorKind kind) {
  std::string line = message;
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  std::fprintf(stderr, "ito: %s\n", line.c_str());
  return static_cast<int>(kind);
}

}  // namespace

int main(int argc, char** argv) {
  // A file-size limit and a closed pipe come back as errors of the call, so that nothing is left half-written.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    ito::require_float_environment();
    const int code = ito::experiments::parse_arguments(argc, argv)();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      return fail("cannot write to standard output", ito::ErrorKind::environment);
    return code;
  } catch (const ito::Error& error) {
    return fail(error.what(), error.kind());
  } catch (const std::bad_alloc&) {
    return fail("out of memory", ito::ErrorKind::environment);
  } catch (const std::exception& error) {
    return fail(std::string("unexpected: ") + error.what(), ito::ErrorKind::environment);
  }
}
