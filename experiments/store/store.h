// Store: what a run has found so far, in one SQLite file (run.sqlite in the run's folder).
//
//   cells    key -> status, evaluations, seconds, samples' hash; kept across recipes: a finished cell is never redone
//   metrics  (key, position) -> name, value, floor, whether it is a distance
//   previews key -> the first samples, for pictures
//   fields   key -> the network's field beside the exact one on a grid of the plane
//   points   (section, place in the plan) -> key: the cells of the present recipe
//   axes     the swept values of a point
//   header   the recipe as text, its overrides, its hash
//
// A cell is written in one transaction as it finishes. The journal is SQLite's rollback journal with synchronous =
// FULL, not WAL: a commit comes once a cell, so its two fsyncs cost nothing, and between commits the store is one plain
// file that can be copied, mailed and read from a read-only disk. A killed run leaves a journal that the next one rolls
// back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/store/cell.h"
#include "experiments/store/database.h"
#include "experiments/store/field_preview.h"

namespace ito::experiments {

inline constexpr const char* kStoreFile = "run.sqlite";

struct RunHeader {
  std::string name;
  std::string file;  // the recipe's, as named in messages
  std::string text;
  std::vector<std::string> overrides;
  std::string hash;
  std::string machine;  // processor, threads, SIMD target, program: one line each; not covered by the contract
};

// The first samples of a cell and the labels that were asked for (undefined: none).
struct Preview {
  Tensor samples;
  Tensor condition;
  std::optional<FieldPreview> field = {};
};

class Store {
 public:
  // InputError: damaged, or not a store; EnvironmentError: no permission, no space. Both name the file.
  explicit Store(const std::filesystem::path& file, Access access = Access::write);

  // Another hash than the stored one forgets the points (not the cells).
  void begin(const RunHeader& header);
  RunHeader header() const;

  bool has(const std::string& key) const;
  // Writes the cell and its point. `place` orders points inside a section.
  void put(const CellResult& cell, std::int64_t place, const Preview& preview);
  // A point whose cell is there already.
  void put_point(const CellResult& cell, std::int64_t place);

  // The points' cells, by section and place.
  std::vector<CellResult> cells() const;
  std::optional<Preview> preview(const std::string& key) const;
  // SHA-256 of all that the contract covers: everything but seconds and machine.
  std::string digest() const;

 private:
  CellResult read(const std::string& key) const;
  std::optional<FieldPreview> read_field(const std::string& key) const;
  void write_point(const CellResult& cell, std::int64_t place);
  Database database_;
};

}  // namespace ito::experiments
