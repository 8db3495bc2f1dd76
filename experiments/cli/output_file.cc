#include "experiments/cli/output_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "kernels/core/error.h"

namespace ito::experiments {

void check_output_file(const char* option, const std::filesystem::path& file) {
  const std::string shown = std::string(option) + " " + file.string() + ": ";
  std::error_code ignored;
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (!std::filesystem::is_directory(folder, ignored))
    throw InputError(shown + "there is no folder " + folder.string());
  const std::filesystem::file_status status = std::filesystem::status(file, ignored);
  if (!file.has_filename() || (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)))
    throw InputError(shown + "expected the name of a file; this is none");
  // A new file takes the old one's place: it is the folder that must be writable.
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw EnvironmentError(shown + "cannot write to the folder " + folder.string() + " (" + std::strerror(errno) + ")");
}

}  // namespace ito::experiments
