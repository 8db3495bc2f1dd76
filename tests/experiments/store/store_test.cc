// The store: what goes in comes out in every bit; damaged, foreign and unwritable files are one line, never a crash.
#include "experiments/store/store.h"

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <csignal>
#include <filesystem>

#include "autograd/io/atomic_file.h"
#include "experiments/store/run_lock.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

namespace fs = std::filesystem;

CellResult cell_of(int i) {
  CellResult cell;
  cell.key.assign(64, static_cast<char>('a' + i));
  cell.section = i % 2;
  cell.axes["grid.steps"] = std::int64_t{5 * i};
  cell.axes["guidance.w"] = 0.1 * i;
  cell.axes["sampler.name"] = std::string("ddim");
  cell.axes["model.hidden"] = std::vector<double>{128, 128};
  cell.axes["flag"] = true;
  cell.nfe = 10 * i;
  cell.seconds = 0.25 * i;
  cell.samples_hash = "hash" + std::to_string(i);
  cell.metrics.push_back({"w2", 0.1 + i, 1.0 / 3, true});
  cell.metrics.push_back({"moments", std::nextafter(1.0, 2.0), {}});
  if (i == 3) {
    cell.status = CellStatus::diverged;
    cell.message = "step 3: not finite";
    cell.metrics.clear();
  }
  return cell;
}

FieldPreview field_of(float arrow) {
  const std::vector<float> arrows = {arrow, 1, 2, 3};
  return {.times = Tensor::from(std::vector<double>{0.1, 0.9}, Shape{2}),
          .at = Tensor::from(std::vector<float>{4, 5}, Shape{1, 2}),
          .network = Tensor::from(arrows, Shape{2, 1, 2}),
          .exact = Tensor::from(arrows, Shape{2, 1, 2}),
          .data = Tensor::from(arrows, Shape{2, 1, 2})};
}

Preview preview_of(int i) {
  const std::vector<float> points = {1.5f, -2.5f, static_cast<float>(i), 0.0f};
  return {.samples = Tensor::from(points, Shape{2, 2}),
          .condition = i == 0 ? Tensor() : Tensor::from(std::vector<std::int32_t>{0, 1}, Shape{2}),
          .field = i == 1 ? std::optional(field_of(0.5f)) : std::nullopt};
}

RunHeader header_of() {
  return {.name = "r",
          .file = "r.toml",
          .text = "data.name = \"x\"",
          .overrides = {"a=1", "b=\"c\""},
          .hash = "h",
          .machine = "m"};
}

void fill(const fs::path& file) {
  Store store(file);
  store.begin(header_of());
  for (int i = 0; i < 4; ++i) store.put(cell_of(i), i, preview_of(i));
}

void execute(const fs::path& file, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

// Opens and reads everything; the error's line, or "" when there was none.
std::string read_all(const fs::path& file) {
  try {
    const Store store(file, Access::read);
    store.header();
    for (const CellResult& cell : store.cells()) store.preview(cell.key);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    EXPECT_NE(std::string(error.what()).find(file.filename().string()), std::string::npos) << error.what();
    return error.what();
  }
}

// The exit code of `body` in a process of its own.
int exit_code_of(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Store, KeepsEveryBit) {
  const TemporaryFolder folder;
  const fs::path file = folder / "run.sqlite";
  fill(file);
  const Store store(file, Access::read);
  EXPECT_EQ(store.header().overrides, header_of().overrides);
  const std::vector<CellResult> cells = store.cells();
  ASSERT_EQ(cells.size(), 4u);
  const int order[] = {0, 2, 1, 3};  // by section, then place
  for (int k = 0; k < 4; ++k) {
    const CellResult& got = cells[static_cast<std::size_t>(k)];
    const CellResult want = cell_of(order[k]);
    EXPECT_EQ(got.key, want.key);
    EXPECT_EQ(got.axes, want.axes);
    EXPECT_EQ(got.status, want.status);
    EXPECT_EQ(got.message, want.message);
    EXPECT_EQ(got.seconds, want.seconds);
    ASSERT_EQ(got.metrics.size(), want.metrics.size());
    for (std::size_t m = 0; m < got.metrics.size(); ++m) {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(got.metrics[m].value),
                std::bit_cast<std::uint64_t>(want.metrics[m].value));
      EXPECT_EQ(got.metrics[m].floor, want.metrics[m].floor);
      EXPECT_EQ(got.metrics[m].distance, want.metrics[m].distance);
    }
    const std::optional<Preview> preview = store.preview(got.key);
    ASSERT_TRUE(preview);
    EXPECT_EQ(preview->samples.span<float>()[2], static_cast<float>(order[k]));
    EXPECT_EQ(preview->condition.defined(), order[k] != 0);
    ASSERT_EQ(preview->field.has_value(), order[k] == 1);
    if (preview->field) {
      EXPECT_EQ(preview->field->times.span<double>()[1], 0.9);
      EXPECT_EQ(preview->field->at.span<float>()[1], 5);
      EXPECT_EQ(preview->field->network.span<float>()[0], 0.5f);
      EXPECT_EQ(preview->field->exact.shape(), (Shape{2, 1, 2}));
      EXPECT_EQ(preview->field->data.span<float>()[3], 3);
    }
  }
  EXPECT_FALSE(store.preview("no such key"));
}

TEST(Store, AnotherRecipeForgetsPointsAndKeepsCells) {
  const TemporaryFolder folder;
  fill(folder / "run.sqlite");
  Store store(folder / "run.sqlite");
  RunHeader other = header_of();
  other.hash = "another";
  store.begin(other);
  EXPECT_TRUE(store.cells().empty());
  EXPECT_TRUE(store.has(cell_of(2).key));
  store.put_point(cell_of(2), 7);
  EXPECT_EQ(store.cells().size(), 1u);
}

TEST(Store, DigestSeesNumbersAndNotTime) {
  const TemporaryFolder folder;
  const auto digest = [&](const char* name, double seconds, double value, float arrow = 0) {
    Store store(folder / name);
    store.begin(header_of());
    CellResult cell = cell_of(1);
    cell.seconds = seconds;
    cell.metrics[0].value = value;
    Preview preview = preview_of(1);
    preview.field = field_of(arrow);
    store.put(cell, 0, preview);
    return store.digest();
  };
  EXPECT_EQ(digest("a", 1, 0.5), digest("b", 2, 0.5));
  EXPECT_NE(digest("c", 1, 0.5), digest("d", 1, std::nextafter(0.5, 1.0)));
  EXPECT_NE(digest("e", 1, 0.5), digest("f", 1, 0.5, 1.0f));
}

TEST(Store, TruncatedFilesAreRefused) {
  const TemporaryFolder folder;
  const fs::path file = folder / "run.sqlite";
  fill(file);
  const std::vector<std::byte> whole = read_file(file);
  for (std::size_t n = 0; n < whole.size(); n += whole.size() / 40 + 1) {
    write_file_atomically(file, std::span(whole).first(n));
    EXPECT_NE(read_all(file), "") << "the first " << n << " bytes of " << whole.size() << " passed for a store";
  }
}

TEST(Store, FlippedBitsNeverCrash) {
  const TemporaryFolder folder;
  const fs::path file = folder / "run.sqlite";
  fill(file);
  const std::vector<std::byte> whole = read_file(file);
  int refused = 0;
  // The header and the schema densely, the rest in strides that are no multiple of a page.
  for (std::size_t i = 0; i < whole.size(); i += i < 100 ? 3 : 397) {
    std::vector<std::byte> flipped = whole;
    flipped[i] ^= std::byte{static_cast<unsigned char>(1 << (i % 8))};
    write_file_atomically(file, flipped);
    refused += !read_all(file).empty();
  }
  EXPECT_GT(refused, 20);
}

TEST(Store, ForeignFilesAreNamed) {
  const TemporaryFolder folder;
  const fs::path text = folder / "text.sqlite";
  write_file_atomically(text, std::string(200, 'x'));
  EXPECT_NE(read_all(text).find("not an SQLite file"), std::string::npos);

  const fs::path foreign = folder / "foreign.sqlite";
  execute(foreign, "CREATE TABLE songs (name TEXT)");
  EXPECT_NE(read_all(foreign).find("not a run's store"), std::string::npos);

  const fs::path trapped = folder / "trapped.sqlite";
  fill(trapped);
  execute(trapped, "CREATE TRIGGER t AFTER INSERT ON points BEGIN DELETE FROM cells; END");
  EXPECT_NE(read_all(trapped).find("its tables are not a store's"), std::string::npos);

  const fs::path newer = folder / "newer.sqlite";
  fill(newer);
  execute(newer, "PRAGMA user_version = 99");
  EXPECT_NE(read_all(newer).find("a store of version 99"), std::string::npos);

  const fs::path mistyped = folder / "mistyped.sqlite";
  fill(mistyped);
  execute(mistyped, "UPDATE metrics SET value = 'many'");
  EXPECT_NE(read_all(mistyped).find("column value has another type"), std::string::npos);

  const fs::path reshaped = folder / "reshaped.sqlite";
  fill(reshaped);
  execute(reshaped, "UPDATE fields SET network = at");
  EXPECT_NE(read_all(reshaped).find("a field"), std::string::npos);
}

TEST(Store, AFullDiskLosesNoFinishedCell) {
  const TemporaryFolder folder;
  const fs::path file = folder / "run.sqlite";
  fill(file);
  const std::string before = Store(file, Access::read).digest();
  const int code = exit_code_of([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto size = static_cast<rlim_t>(fs::file_size(file));
    const rlimit limit{size, size};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      Store store(file);
      CellResult large = cell_of(0);
      large.key.assign(64, 'f');
      store.put(large, 99, {.samples = Tensor::zeros({1000, 64}, DType::f32), .condition = {}, .field = {}});
      return 0;
    } catch (const EnvironmentError&) {
      return 3;
    } catch (...) {
      return 1;
    }
  });
  EXPECT_EQ(code, 3);
  EXPECT_EQ(Store(file, Access::read).digest(), before);
}

TEST(Store, RefusesNumbersThatSqliteWouldChange) {
  const TemporaryFolder folder;
  Store store(folder / "run.sqlite");
  store.begin(header_of());
  CellResult cell = cell_of(1);
  cell.metrics[0].value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(store.put(cell, 0, {}), InputError);
  EXPECT_FALSE(store.has(cell.key)) << "half a cell was written";
}

TEST(RunLock, ASecondRunIsToldWhoHoldsTheFolder) {
  const TemporaryFolder folder;
  const RunLock lock(folder.path());
  const int code = exit_code_of([&] {
    try {
      const RunLock second(folder.path());
      return 0;
    } catch (const EnvironmentError& error) {
      const std::string holder = "process " + std::to_string(getppid());
      return std::string(error.what()).find(holder) != std::string::npos ? 3 : 1;
    }
  });
  EXPECT_EQ(code, 3);
}

}  // namespace
}  // namespace ito::experiments
