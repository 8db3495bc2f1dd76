// Whole files: written so that a reader sees the old one or the new one and never a part, and read under a limit.
//
// Writing: a temporary name in the same folder, write, fsync, rename, fsync of the folder. When anything fails (disk
// full, file-size limit, read-only folder) the temporary file is removed, what stood at `path` is untouched, and
// EnvironmentError names the path and the system's reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ito {

// A symbolic link is followed; what exists at `path` must be a regular file (InputError). The folder must exist.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

inline constexpr std::uint64_t kNoSizeLimit = ~std::uint64_t{0};

// InputError when there is no such regular file or it is longer than `limit` bytes; EnvironmentError when the system
// refuses to read it.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t limit = kNoSizeLimit);
std::string read_text_file(const std::filesystem::path& path, std::uint64_t limit = kNoSizeLimit);

}  // namespace ito
