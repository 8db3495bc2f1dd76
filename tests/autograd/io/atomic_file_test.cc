#include "autograd/io/atomic_file.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "kernels/core/error.h"
#include "tests/support/temporary_folder.h"

namespace ito {
namespace {

namespace fs = std::filesystem;

int files_in(const fs::path& folder) {
  int n = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++n;
  return n;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Limits the size of files this process may write, while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST(AtomicFile, WritesAndReplaces) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  write_file_atomically(path, "first");
  EXPECT_EQ(text_of(path), "first");
  const std::string longer(100000, 'x');
  write_file_atomically(path, longer);
  EXPECT_EQ(text_of(path), longer);
  EXPECT_EQ(read_text_file(path), longer);
  write_file_atomically(path, "");
  EXPECT_EQ(fs::file_size(path), 0u);
  EXPECT_TRUE(read_file(path).empty());
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, AFileSizeLimitLeavesTheOldFileAndNothingElse) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  write_file_atomically(path, "old");
  {
    const FileSizeLimit limit(1000);
    try {
      write_file_atomically(path, std::string(5000, 'x'));
      FAIL() << "5000 bytes were written under a limit of 1000";
    } catch (const EnvironmentError& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("File too large"), std::string::npos) << error.what();
    }
    write_file_atomically(folder / "small.txt", "fits");  // no signal is left over
  }
  EXPECT_EQ(text_of(path), "old");
  EXPECT_EQ(files_in(folder.path()), 2);
}

TEST(AtomicFile, ADeviceIsNotReplacedByAFile) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THROW(write_file_atomically("/dev/full", "x"), InputError);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(AtomicFile, AFolderThatCannotBeWritten) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_file_atomically(folder / "none" / "a.txt", "x"), EnvironmentError);
  EXPECT_THROW(write_file_atomically("/proc/a.txt", "x"), EnvironmentError);
  fs::create_directory(folder / "sub");
  EXPECT_THROW(write_file_atomically(folder / "sub", "x"), InputError);
  if (geteuid() != 0) {
    fs::permissions(folder / "sub", fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_THROW(write_file_atomically(folder / "sub" / "a.txt", "x"), EnvironmentError);
    EXPECT_EQ(files_in(folder / "sub"), 0);
    fs::permissions(folder / "sub", fs::perms::owner_all);
  }
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(AtomicFile, WritesThroughASymbolicLink) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "target", "old");
  fs::create_symlink(folder / "target", folder / "link");
  write_file_atomically(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(text_of(folder / "target"), "new");
}

TEST(AtomicFile, ReadingRefusesWhatIsMissingTooLongOrNoFile) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_file(folder / "none"), InputError);
  EXPECT_THROW(read_file(folder.path()), InputError);
  EXPECT_THROW(read_file("/dev/zero"), InputError);
  write_file_atomically(folder / "a", "12345");
  EXPECT_EQ(read_text_file(folder / "a", 5), "12345");
  EXPECT_THROW(read_file(folder / "a", 4), InputError);
}

}  // namespace
}  // namespace ito
