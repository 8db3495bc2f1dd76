#include "experiments/store/database.h"

#include <sqlite3.h>

#include <cmath>
#include <exception>

#include "kernels/core/error.h"

namespace ito::experiments {

Database::Database(const std::filesystem::path& path, Access access) : path_(path) {
  const int flags = access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  // A reader opens for writing too where it may: a journal that a killed run left behind must be rolled back first.
  int code = sqlite3_open_v2(path.c_str(), &handle_, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  if (access == Access::read && (code & 0xff) == SQLITE_CANTOPEN) {
    sqlite3_close(handle_);
    code = sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READONLY | SQLITE_OPEN_EXRESCODE, nullptr);
  }
  try {
    if (code != SQLITE_OK) fail(code);
    sqlite3_busy_timeout(handle_, 5000);
    // A file from a stranger may carry views and triggers that call functions: none of them is trusted.
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, 64 << 20);
    execute("PRAGMA cell_size_check = ON");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() { sqlite3_close(handle_); }

void Database::fail(int code) const {
  const std::string reason = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      throw InputError(path_.string() + ": not a run's store (not an SQLite file)");
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
      throw InputError(path_.string() + ": the store is damaged (" + reason +
                       "); remove it to compute its cells again");
    case SQLITE_FULL:
      throw EnvironmentError(path_.string() + ": the disk is full; finished cells are kept, run again to continue");
    case SQLITE_IOERR: {
      const int system = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
      throw EnvironmentError(path_.string() + ": cannot read or write the store (" +
                             (system != 0 ? std::generic_category().message(system) : reason) +
                             "); finished cells are kept, run again to continue");
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw EnvironmentError(path_.string() + ": another program is using the store");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      throw EnvironmentError(path_.string() + ": cannot open the store (" + reason + ")");
    case SQLITE_NOMEM:
      throw EnvironmentError(path_.string() + ": out of memory");
    // What is left (SQLITE_ERROR, _MISMATCH, _CONSTRAINT, _TOOBIG) means tables that this program did not make.
    default:
      throw InputError(path_.string() + ": not a store of this program (" + reason + ")");
  }
}

void Database::damaged(const std::string& found) const {
  std::string what = found;
  for (char& c : what)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  throw InputError(path_.string() + ": the store is damaged (" + what + "); remove it to compute its cells again");
}

void Database::execute(const char* sql) const {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Database::transaction(const std::function<void()>& body) const {
  execute("BEGIN IMMEDIATE");
  try {
    body();
    execute("COMMIT");
  } catch (...) {
    // A failed COMMIT may have rolled back already; then this is refused, and that is fine.
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database) {
  check(sqlite3_prepare_v2(database.handle_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::check(int code) const {
  if (code != SQLITE_OK) database_.fail(code);
}

Statement& Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, index, value));
  return *this;
}

Statement& Statement::bind(int index, double value) {
  // SQLite turns NaN into NULL, and an integral REAL (so -0.0) into an integer on disk.
  if (!std::isfinite(value)) throw InputError("a number for the store is not finite");
  check(sqlite3_bind_double(statement_, index, value + 0.0));
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  check(sqlite3_bind_text64(statement_, index, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int index, std::span<const std::byte> bytes) {
  static constexpr std::byte empty{};
  check(sqlite3_bind_blob64(statement_, index, bytes.empty() ? &empty : bytes.data(), bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int index) {
  check(sqlite3_bind_null(statement_, index));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_.fail(code);
}

void Statement::run() {
  while (step()) {
  }
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void Statement::expect(int column, int type) const {
  if (sqlite3_column_type(statement_, column) != type)
    database_.damaged(std::string("column ") + sqlite3_column_name(statement_, column) + " has another type");
}

std::int64_t Statement::integer(int column) const {
  expect(column, SQLITE_INTEGER);
  return sqlite3_column_int64(statement_, column);
}

double Statement::number(int column) const {
  expect(column, SQLITE_FLOAT);
  return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
  expect(column, SQLITE_TEXT);
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Statement::bytes(int column) const {
  expect(column, SQLITE_BLOB);
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace ito::experiments
