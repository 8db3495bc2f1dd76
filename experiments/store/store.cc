#include "experiments/store/store.h"

#include <array>
#include <bit>
#include <cstring>

#include "autograd/io/sha256.h"
#include "experiments/store/value_bytes.h"

namespace ito::experiments {
namespace {

constexpr std::int64_t kApplicationId = 0x69746f31;  // "ito1"
constexpr std::int64_t kSchemaVersion = 2;

constexpr std::array<const char*, 7> kTables = {
    "CREATE TABLE header (name TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL, overrides BLOB NOT NULL, hash "
    "TEXT "
    "NOT NULL, machine TEXT NOT NULL)",
    "CREATE TABLE cells (key TEXT PRIMARY KEY, status INTEGER NOT NULL, message TEXT NOT NULL, nfe INTEGER NOT NULL, "
    "seconds REAL NOT NULL, samples_hash TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE metrics (key TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, "
    "floor "
    "REAL, distance INTEGER NOT NULL, PRIMARY KEY (key, position)) WITHOUT ROWID",
    "CREATE TABLE previews (key TEXT PRIMARY KEY, samples BLOB NOT NULL, condition BLOB) WITHOUT ROWID",
    "CREATE TABLE fields (key TEXT PRIMARY KEY, times BLOB NOT NULL, at BLOB NOT NULL, network BLOB NOT NULL, exact "
    "BLOB "
    "NOT NULL, data BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE points (section INTEGER NOT NULL, place INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (section, "
    "place)) WITHOUT ROWID",
    "CREATE TABLE axes (section INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, "
    "PRIMARY KEY (section, place, name)) WITHOUT ROWID"};

// The columns of `fields` after the key.
constexpr std::array<Tensor FieldPreview::*, 5> kFieldParts = {
    &FieldPreview::times, &FieldPreview::at, &FieldPreview::network, &FieldPreview::exact, &FieldPreview::data};

std::int64_t pragma(const Database& database, const char* sql) {
  Statement statement(database, sql);
  return statement.step() ? statement.integer(0) : 0;
}

void create(const Database& database) {
  database.transaction([&] {
    for (const char* table : kTables) database.execute(table);
    database.execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    database.execute(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
  });
}

// Only the tables above, word for word, and pages that hang together: everything else is refused before it is read.
void check(const Database& database) {
  if (pragma(database, "PRAGMA application_id") != kApplicationId)
    throw InputError(database.path().string() + ": an SQLite file, but not a run's store");
  const std::int64_t version = pragma(database, "PRAGMA user_version");
  if (version != kSchemaVersion)
    throw InputError(database.path().string() + ": a store of version " + std::to_string(version) +
                     "; this program reads version " + std::to_string(kSchemaVersion));
  Statement tables(database, "SELECT coalesce(sql, '') FROM sqlite_schema ORDER BY rowid");
  std::size_t seen = 0;
  for (; tables.step(); ++seen)
    if (seen >= kTables.size() || tables.text(0) != kTables[seen]) database.damaged("its tables are not a store's");
  if (seen != kTables.size()) database.damaged("its tables are not a store's");
  Statement pages(database, "PRAGMA integrity_check(1)");
  while (pages.step())
    if (pages.text(0) != "ok") database.damaged(pages.text(0).substr(0, 100));
}

}  // namespace

Store::Store(const std::filesystem::path& file, Access access) : database_(file, access) {
  database_.execute("PRAGMA journal_mode = DELETE");
  database_.execute("PRAGMA synchronous = FULL");
  if (access == Access::write && pragma(database_, "SELECT count(*) FROM sqlite_schema") == 0 &&
      pragma(database_, "PRAGMA application_id") == 0)
    create(database_);
  check(database_);
}

void Store::begin(const RunHeader& header) {
  database_.transaction([&] {
    Statement stored(database_, "SELECT hash FROM header");
    if (!stored.step() || stored.text(0) != header.hash) {
      database_.execute("DELETE FROM points");
      database_.execute("DELETE FROM axes");
    }
    database_.execute("DELETE FROM header");
    Statement(database_, "INSERT INTO header VALUES (?, ?, ?, ?, ?, ?)")
        .bind(1, header.name)
        .bind(2, header.file)
        .bind(3, header.text)
        .bind(4, value_bytes(Value(header.overrides)))
        .bind(5, header.hash)
        .bind(6, header.machine)
        .run();
  });
}

RunHeader Store::header() const {
  Statement row(database_, "SELECT name, file, text, overrides, hash, machine FROM header");
  if (!row.step()) throw InputError(database_.path().string() + ": holds no run yet");
  const std::optional<Value> overrides = value_from_bytes(row.bytes(3));
  if (!overrides || !std::holds_alternative<std::vector<std::string>>(*overrides)) database_.damaged("header");
  return {.name = row.text(0),
          .file = row.text(1),
          .text = row.text(2),
          .overrides = std::get<std::vector<std::string>>(*overrides),
          .hash = row.text(4),
          .machine = row.text(5)};
}

bool Store::has(const std::string& key) const {
  Statement row(database_, "SELECT 1 FROM cells WHERE key = ?");
  return row.bind(1, key).step();
}

void Store::write_point(const CellResult& cell, std::int64_t place) {
  Statement(database_, "INSERT OR REPLACE INTO points VALUES (?, ?, ?)")
      .bind(1, std::int64_t{cell.section})
      .bind(2, place)
      .bind(3, cell.key)
      .run();
  for (const auto& [name, value] : cell.axes)
    Statement(database_, "INSERT OR REPLACE INTO axes VALUES (?, ?, ?, ?)")
        .bind(1, std::int64_t{cell.section})
        .bind(2, place)
        .bind(3, name)
        .bind(4, value_bytes(value))
        .run();
}

void Store::put_point(const CellResult& cell, std::int64_t place) {
  database_.transaction([&] { write_point(cell, place); });
}

void Store::put(const CellResult& cell, std::int64_t place, const Preview& preview) {
  database_.transaction([&] {
    Statement(database_, "INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?)")
        .bind(1, cell.key)
        .bind(2, static_cast<std::int64_t>(cell.status))
        .bind(3, cell.message)
        .bind(4, cell.nfe)
        .bind(5, cell.seconds)
        .bind(6, cell.samples_hash)
        .run();
    Statement(database_, "DELETE FROM metrics WHERE key = ?").bind(1, cell.key).run();
    for (std::size_t i = 0; i < cell.metrics.size(); ++i) {
      const MetricValue& metric = cell.metrics[i];
      Statement row(database_, "INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)");
      row.bind(1, cell.key).bind(2, static_cast<std::int64_t>(i)).bind(3, metric.name).bind(4, metric.value);
      if (metric.floor)
        row.bind(5, *metric.floor);
      else
        row.bind_null(5);
      row.bind(6, std::int64_t{metric.distance}).run();
    }
    if (preview.samples.defined()) {
      Statement row(database_, "INSERT OR REPLACE INTO previews VALUES (?, ?, ?)");
      row.bind(1, cell.key).bind(2, tensor_bytes(preview.samples));
      if (preview.condition.defined())
        row.bind(3, tensor_bytes(preview.condition));
      else
        row.bind_null(3);
      row.run();
    }
    if (preview.field) {
      Statement row(database_, "INSERT OR REPLACE INTO fields VALUES (?, ?, ?, ?, ?, ?)");
      row.bind(1, cell.key);
      for (std::size_t i = 0; i < kFieldParts.size(); ++i)
        row.bind(static_cast<int>(i) + 2, tensor_bytes((*preview.field).*kFieldParts[i]));
      row.run();
    }
    write_point(cell, place);
  });
}

CellResult Store::read(const std::string& key) const {
  CellResult cell;
  cell.key = key;
  Statement row(database_, "SELECT status, message, nfe, seconds, samples_hash FROM cells WHERE key = ?");
  if (!row.bind(1, key).step()) database_.damaged("a point without its cell");
  const std::int64_t status = row.integer(0);
  if (status != 0 && status != 1) database_.damaged("status " + std::to_string(status));
  cell.status = static_cast<CellStatus>(status);
  cell.message = row.text(1);
  cell.nfe = row.integer(2);
  cell.seconds = row.number(3);
  cell.samples_hash = row.text(4);
  Statement metrics(database_, "SELECT name, value, floor, distance FROM metrics WHERE key = ? ORDER BY position");
  metrics.bind(1, key);
  while (metrics.step()) {
    MetricValue metric{
        .name = metrics.text(0), .value = metrics.number(1), .floor = {}, .distance = metrics.integer(3) != 0};
    if (!metrics.is_null(2)) metric.floor = metrics.number(2);
    cell.metrics.push_back(std::move(metric));
  }
  return cell;
}

std::vector<CellResult> Store::cells() const {
  std::vector<CellResult> all;
  Statement points(database_, "SELECT section, place, key FROM points ORDER BY section, place");
  while (points.step()) {
    CellResult cell = read(points.text(2));
    const std::int64_t section = points.integer(0);
    if (section < 0 || section > 1000000) database_.damaged("section " + std::to_string(section));
    cell.section = static_cast<int>(section);
    Statement axes(database_, "SELECT name, value FROM axes WHERE section = ? AND place = ? ORDER BY name");
    axes.bind(1, section).bind(2, points.integer(1));
    while (axes.step()) {
      const std::optional<Value> value = value_from_bytes(axes.bytes(1));
      if (!value) database_.damaged("an axis' value");
      cell.axes.emplace(axes.text(0), *value);
    }
    all.push_back(std::move(cell));
  }
  return all;
}

std::optional<Preview> Store::preview(const std::string& key) const {
  Statement row(database_, "SELECT samples, condition FROM previews WHERE key = ?");
  if (!row.bind(1, key).step()) return std::nullopt;
  Preview preview;
  const auto read_tensor = [&](int column) {
    std::optional<Tensor> tensor = tensor_from_bytes(row.bytes(column));
    if (!tensor) database_.damaged("a preview");
    return *tensor;
  };
  preview.samples = read_tensor(0);
  if (!row.is_null(1)) preview.condition = read_tensor(1);
  preview.field = read_field(key);
  return preview;
}

std::optional<FieldPreview> Store::read_field(const std::string& key) const {
  Statement row(database_, "SELECT times, at, network, exact, data FROM fields WHERE key = ?");
  if (!row.bind(1, key).step()) return std::nullopt;
  FieldPreview field;
  for (std::size_t i = 0; i < kFieldParts.size(); ++i) {
    std::optional<Tensor> tensor = tensor_from_bytes(row.bytes(static_cast<int>(i)));
    if (!tensor) database_.damaged("a field");
    field.*kFieldParts[i] = *tensor;
  }
  if (!field.consistent()) database_.damaged("a field");
  return field;
}

std::string Store::digest() const {
  Sha256 hash;
  const RunHeader run = header();
  hash.text(run.name).text(run.hash);
  for (const CellResult& cell : cells()) {
    hash.text(cell.key).integer(cell.section).integer(static_cast<std::int64_t>(cell.status)).text(cell.message);
    hash.integer(cell.nfe).text(cell.samples_hash);
    for (const auto& [name, value] : cell.axes) {
      hash.text(name);
      hash.update(value_bytes(value));
    }
    for (const MetricValue& metric : cell.metrics) {
      hash.text(metric.name).number(metric.value).integer(metric.distance).integer(metric.floor.has_value());
      if (metric.floor) hash.number(*metric.floor);
    }
    const std::optional<Preview> picture = preview(cell.key);
    hash.integer(picture.has_value());
    if (picture) hash.update(tensor_bytes(picture->samples));
    if (picture && picture->condition.defined()) hash.update(tensor_bytes(picture->condition));
    if (picture && picture->field)
      for (const auto part : kFieldParts) hash.update(tensor_bytes((*picture->field).*part));
  }
  return hash.hex();
}

}  // namespace ito::experiments
