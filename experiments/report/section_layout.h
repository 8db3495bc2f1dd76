// How a section's axes are laid out, and what is drawn from them. Parts of from_cells.cc.
#pragma once

#include <string>
#include <vector>

#include "experiments/report/cell_groups.h"
#include "experiments/report/from_cells.h"

namespace ito::experiments::report {

struct SectionLayout {
  GroupedCells cells;
  std::vector<std::size_t> varying;  // axes with two values or more
  std::optional<std::size_t> laid;   // among them: along columns and plots
  std::vector<std::size_t> rows;     // the other varying axes
  std::vector<std::string> metrics;  // without families
  std::vector<std::string> families;
};
SectionLayout lay_out(const std::vector<CellResult>& cells, int section, const std::vector<std::string>& axes);

// The distinct places of the row axes (other axes as in the group), in the order of the cells; one, empty, without
// rows.
std::vector<std::vector<std::size_t>> row_places(const SectionLayout& layout);
// The group of a row at a value of the laid axis; null where there is none.
const CellGroup* group_at(const SectionLayout& layout, const std::vector<std::size_t>& row, std::size_t laid_place);
// "ddim, w = 2".
std::string row_text(const SectionLayout& layout, const std::vector<std::size_t>& row,
                     const std::vector<std::size_t>& axes);

// Whether a section is a work-precision diagram of this metric: an error against a solution of the ODE (exact_error,
// ode_error), along steps.
bool has_slopes(const SectionLayout& layout, const std::string& metric);
// With which power of the evaluations the error falls, for each row.
Table slope_table(const SectionLayout& layout, const std::string& metric);

std::vector<Block> section_tables(const SectionLayout& layout);
// A row for each group, a column for each of the metrics.
Table long_table(const SectionLayout& layout, const std::string& title, const std::vector<std::string>& metrics);
std::vector<Block> section_plots(const SectionLayout& layout);
std::vector<Block> section_fields(const SectionLayout& layout, const ReportInput& input);
std::vector<Block> section_pictures(const SectionLayout& layout, const SectionInput& section, const ReportInput& input);

}  // namespace ito::experiments::report
