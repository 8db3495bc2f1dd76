// A report's folder: the page, every table as CSV, every figure as a file of its own.
#include <cstdio>
#include <set>
#include <string_view>
#include <system_error>

#include "autograd/io/atomic_file.h"
#include "experiments/report/html.h"
#include "experiments/report/text.h"
#include "kernels/core/error.h"

namespace ito::experiments::report {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw EnvironmentError(folder.string() + ": cannot make this folder: " + error.message());
}

// "03-w2-against-nfe"
std::string numbered(std::size_t number, const std::string& title) {
  char text[24];
  std::snprintf(text, sizeof text, "%02zu-", number);
  return text + slug(title);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Removes NN-*.EXTENSION files that this report did not write.
void remove_earlier(const fs::path& folder, const std::set<std::string>& written) {
  std::error_code ignored;
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::string extension = entry.path().extension().string();
    const bool numbered_name = name.size() > 3 && is_digit(name[0]) && is_digit(name[1]) && name[2] == '-';
    const bool ours = numbered_name && (extension == ".csv" || extension == ".svg" || extension == ".png");
    if (ours && !written.contains(name)) old.push_back(entry.path());
  }
  for (const fs::path& path : old) fs::remove(path, ignored);
}

class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)) { make_folder(path_); }
  void write(const std::string& name, std::string_view text, std::vector<fs::path>& list) {
    write_file_atomically(path_ / name, text);
    written_.insert(name);
    list.push_back(path_ / name);
  }
  void clear_earlier() const { remove_earlier(path_, written_); }

 private:
  fs::path path_;
  std::set<std::string> written_;
};

void write_pictures(Folder& figures, std::size_t number, const PictureGrid& grid, std::vector<fs::path>& list) {
  for (std::size_t i = 0; i < grid.pictures.size(); ++i) {
    const Picture& picture = grid.pictures[i];
    const std::string& png = picture.file_png.empty() ? picture.png : picture.file_png;
    if (png.empty()) continue;
    const std::string suffix = grid.pictures.size() > 1 ? "-" + std::to_string(i + 1) : "";
    figures.write(numbered(number, grid.title) + suffix + ".png", png, list);
  }
}

}  // namespace

ReportFiles write_report(const Document& document, const fs::path& folder) {
  ReportFiles files;
  std::vector<std::vector<PlotSvg>> drawn;
  for (const Section& section : document.sections)
    for (const Block& block : section.blocks)
      if (const auto* grid = std::get_if<PlotGrid>(&block)) {
        drawn.emplace_back();
        if (!files.missing.empty()) continue;
        try {
          drawn.back() = draw_plots(*grid, "plot" + std::to_string(drawn.size()));
        } catch (const EnvironmentError& error) {
          files.missing = error.what();
        }
      }

  make_folder(folder);
  Folder tables(folder / "tables"), figures(folder / "figures");
  std::size_t table_number = 0, figure_number = 0, plot_number = 0;
  for (const Section& section : document.sections)
    for (const Block& block : section.blocks) {
      if (const auto* table = std::get_if<Table>(&block))
        tables.write(numbered(++table_number, table->title) + ".csv", csv_table(*table), files.tables);
      if (const auto* pictures = std::get_if<PictureGrid>(&block))
        write_pictures(figures, ++figure_number, *pictures, files.figures);
      if (const auto* grid = std::get_if<PlotGrid>(&block)) {
        const std::vector<PlotSvg>& plots = drawn[plot_number++];
        ++figure_number;
        for (std::size_t i = 0; i < plots.size(); ++i)
          figures.write(
              numbered(figure_number, grid->title) + (plots.size() > 1 ? "-" + std::to_string(i + 1) : "") + ".svg",
              plots[i].file_svg, files.figures);
      }
    }
  files.page = folder / "report.html";
  write_file_atomically(files.page, html_page(document, drawn, files.missing));
  tables.clear_earlier();
  figures.clear_earlier();
  return files;
}

}  // namespace ito::experiments::report
