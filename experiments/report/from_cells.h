// From finished cells to a document: which tables, curves and pictures a sweep is shown by. Computes no samples.
//
// In each section cells that differ in seed only are averaged. One axis is laid along columns and plots (grid.steps
// where it is swept, else the last swept numbers of three values or more); the others label rows, series and panels:
//
//   for each metric       a table: rows by the other axes, a column for each value of the laid axis, the floor
//   for each metric       a plot against network evaluations (or the laid axis, where evaluations do not vary with it)
//   "metric[t=0.1]", ...  one table and one plot along t
//   fields of the plane   a row for each network and one for the exact denoiser, a column for each time
//   previews              clouds of points or rows of images from the first seed
//   all of it             one long table, folded on the page, whole as CSV
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "autograd/tensor.h"
#include "experiments/report/document.h"
#include "experiments/store/cell.h"
#include "experiments/store/field_preview.h"

namespace ito::experiments::report {

// The first samples of a cell, as stored: float [N, 2] or [N, H, W, C], and the labels asked for (undefined: none).
struct PreviewSamples {
  Tensor samples;
  Tensor labels;
  std::optional<FieldPreview> field = {};
};

struct SectionInput {
  std::string title;
  std::vector<std::string> axes;         // the swept keys, slowest first
  std::vector<std::string> class_names;  // of the section's data; may be empty
  Tensor reference;                      // draws of the data, float [N, 2]: grey behind the samples; may be undefined
};

struct ReportInput {
  std::string title;
  std::string description;
  std::string recipe_text;
  std::string recipe_hash;
  std::string command;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<Claim> findings;
  std::vector<SectionInput> sections;
  const std::vector<CellResult>* cells = nullptr;
  std::function<std::optional<PreviewSamples>(const std::string& key)> preview;  // may be empty
};

Document from_cells(const ReportInput& input);

// What a terminal shows: every finding, then each section's tables but those that the page folds.
std::string terminal_summary(const Document& document, int width, bool unicode);

}  // namespace ito::experiments::report
