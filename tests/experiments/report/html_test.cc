#include "experiments/report/html.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/core/error.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace ito::experiments::report {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Document sample_document() {
  Document document;
  document.title = "Three-class spiral: solver, steps & <guidance>";
  document.description = "One paragraph.\n\nAnother.";
  document.findings = {{"W2 at least 4 times larger", Verdict::holds, "ratio 6.1, 95% interval [5.8, 6.4]", {"aaaa"}},
                       {"Rescaling helps", Verdict::unresolved, "difference 0.001 [-0.01, 0.012]"},
                       {"Euler beats DDIM", Verdict::fails, "ratio 1.4 [1.3, 1.5]"}};
  Table table;
  table.title = "W2";
  table.columns = {{"solver"}, {"steps 5"}};
  table.rows = {{text_cell("ddim"), estimate_cell(0.9612, 0.021, 0.11, 4)}};
  Plot plot{.title = "W2",
            .x_label = "NFE",
            .y_label = "W2",
            .log_x = true,
            .log_y = true,
            .series = {{"ddim", {5, 10}, {0.9, 0.3}}}};
  Picture picture;
  picture.png = std::string("\x89PNG\r\n\0x", 8);
  picture.title = "samples";
  document.sections = {{"Solvers",
                        {Prose{"Text."}, table, PlotGrid{.title = "W2 against NFE", .plots = {plot}},
                         PictureGrid{.title = "Samples", .pictures = {picture}}}},
                       {"Solvers", {table}}};
  document.recipe_text = "title = \"<b>\"\n";
  document.recipe_hash = std::string(64, 'c');
  document.command = "ito run spiral --set 'grid.steps=[5, 10]'";
  document.facts = {{"machine", "a CPU"}, {"time", "12 s"}};
  return document;
}

TEST(ReportPage, HoldsEverythingAndLoadsNothing) {
  const std::string page = html_page(sample_document(), {}, "");
  for (const char* part : {"Three-class spiral: solver, steps &amp; &lt;guidance&gt;", "✓ holds", "✗ does not hold",
                           "≈ not resolved", "0.961", "iVBORw0KAHg=", "title = &quot;&lt;b&gt;&quot;", "12 s",
                           "1 of 3 claims hold", "&#39;grid.steps=[5, 10]&#39;", "cccccccccccc"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  for (const char* request : {"http:", "https:", "<script", "<link", "@import", "url("})
    EXPECT_EQ(page.find(request), std::string::npos) << request;
  EXPECT_NE(page.find("id=\"s1-solvers\""), std::string::npos);
  EXPECT_NE(page.find("id=\"s2-solvers\""), std::string::npos);
}

TEST(ReportPage, TheFolderHoldsThePageTablesAndFigures) {
  TemporaryFolder folder;
  const ReportFiles files = write_report(sample_document(), folder.path() / "out");
  EXPECT_EQ(read_text(files.page).substr(0, 15), "<!DOCTYPE html>");
  ASSERT_EQ(files.tables.size(), 2u);
  EXPECT_EQ(files.tables[0].filename(), "01-w2.csv");
  EXPECT_EQ(read_text(files.tables[0]),
            "solver,steps 5,steps 5 stderr,steps 5 floor,steps 5 n\r\nddim,0.9612,0.021,0.11,4\r\n");
  if (files.missing.empty()) {
    ASSERT_EQ(files.figures.size(), 2u);
    EXPECT_EQ(files.figures[0].filename(), "01-w2-against-nfe.svg");
  }
}

TEST(ReportPage, AnEarlierReportsFilesDoNotStay) {
  TemporaryFolder folder;
  write_report(sample_document(), folder.path());
  std::ofstream(folder.path() / "tables" / "notes.csv") << "mine";
  Document shorter = sample_document();
  shorter.sections.pop_back();
  write_report(shorter, folder.path());
  EXPECT_FALSE(fs::exists(folder.path() / "tables" / "02-w2.csv"));
  EXPECT_TRUE(fs::exists(folder.path() / "tables" / "01-w2.csv"));
  EXPECT_TRUE(fs::exists(folder.path() / "tables" / "notes.csv")) << "somebody else's file";
}

TEST(ReportPage, WithoutGnuplotTheReportIsWrittenAndSaysSo) {
  TemporaryFolder folder;
  const Environment path("PATH", "/nonexistent");
  const ReportFiles files = write_report(sample_document(), folder.path());
  EXPECT_NE(files.missing.find("gnuplot-nox"), std::string::npos);
  const std::string page = read_text(files.page);
  EXPECT_NE(page.find("gnuplot-nox"), std::string::npos);
  EXPECT_NE(page.find("0.961"), std::string::npos);
}

TEST(ReportPage, AFolderThatCannotBeMadeIsOneLine) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_THROW(write_report(sample_document(), folder.path() / "file" / "out"), EnvironmentError);
}

}  // namespace
}  // namespace ito::experiments::report
