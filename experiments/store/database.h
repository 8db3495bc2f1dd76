// SQLite, as far as the store needs it: prepared statements, typed columns, and errors in one line.
//
// Numbers cross by bind_double and column_double only: text keeps 15 digits (CONTRACT.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace ito::experiments {

class Database;

// One prepared statement: bind from 1 on, step row by row, read columns from 0 on.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, double value);  // finite; -0 is stored as +0
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, std::span<const std::byte> bytes);
  Statement& bind_null(int index);

  bool step();  // true while there is a row
  void run();   // to its end

  bool is_null(int column) const;
  // InputError when the column holds another type: the file is not what this program wrote.
  std::int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;
  std::span<const std::byte> bytes(int column) const;  // until the next step

 private:
  void check(int code) const;
  void expect(int column, int type) const;
  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

enum class Access { read, write };

class Database {
 public:
  // `write` creates the file where there is none. InputError: not a database, or damaged; EnvironmentError: the disk,
  // the permissions, or another program that holds the file.
  Database(const std::filesystem::path& path, Access access);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void execute(const char* sql) const;
  // body inside BEGIN IMMEDIATE .. COMMIT; rolled back when it throws.
  void transaction(const std::function<void()>& body) const;

  const std::filesystem::path& path() const { return path_; }
  [[noreturn]] void fail(int code) const;
  [[noreturn]] void damaged(const std::string& what) const;

 private:
  friend class Statement;
  std::filesystem::path path_;
  sqlite3* handle_ = nullptr;
};

}  // namespace ito::experiments
