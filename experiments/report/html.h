// A document as one HTML page that asks the network for nothing: styles, plots (SVG) and pictures (PNG) are inside it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/report/document.h"

namespace ito::experiments::report {

struct ReportFiles {
  std::filesystem::path page;
  std::vector<std::filesystem::path> tables, figures;
  std::string missing;  // why there are no curves (gnuplot is not installed); else empty
};

// Writes FOLDER/report.html, FOLDER/tables/*.csv and FOLDER/figures/*.svg|png, each whole or not at all. Files there of
// an earlier report that this one does not write again are removed. Without gnuplot the report is complete but for its
// curves, and says so. EnvironmentError when the folder cannot be written.
ReportFiles write_report(const Document& document, const std::filesystem::path& folder);

// The page alone; `plots[i]` are the drawings of the document's i-th PlotGrid, empty where there are none.
std::string html_page(const Document& document, const std::vector<std::vector<PlotSvg>>& plots,
                      const std::string& missing);

}  // namespace ito::experiments::report
