#include <algorithm>
#include <map>

#include "experiments/report/gallery.h"
#include "experiments/report/panels.h"
#include "experiments/report/section_layout.h"

namespace ito::experiments::report {
namespace {

constexpr std::size_t kMostRows = 6;
constexpr std::size_t kMostColumns = 4;
constexpr std::int64_t kImagesInARow = 12;

// A cell's place in the figure; without samples where it diverged.
struct Shot {
  std::string title;
  std::string key;
  PreviewSamples preview;
};

PointCloud cloud(const Tensor& points, const Tensor& labels) {
  PointCloud out;
  const auto xy = points.span<float>();
  out.xy.assign(xy.begin(), xy.end());
  if (labels.defined() && labels.size() == points.dim(0)) {
    const auto values = labels.span<std::int32_t>();
    out.labels.assign(values.begin(), values.end());
  }
  return out;
}

bool is_plane(const Tensor& x) { return x.defined() && x.dtype() == DType::f32 && x.rank() == 2 && x.dim(1) == 2; }
bool is_images(const Tensor& x) {
  return x.defined() && x.dtype() == DType::f32 && x.rank() == 4 && (x.dim(3) == 1 || x.dim(3) == 3) && x.size() > 0;
}

PictureGrid point_pictures(const std::vector<Shot>& shots, const SectionInput& section) {
  PictureGrid grid;
  std::vector<Panel> panels;
  bool labelled = false;
  for (const Shot& shot : shots) {
    Panel panel{.title = shot.title, .keys = {shot.key}};
    if (is_plane(shot.preview.samples)) panel.points = cloud(shot.preview.samples, shot.preview.labels);
    if (is_plane(section.reference)) panel.behind = cloud(section.reference, {});
    labelled = labelled || !panel.points.labels.empty();
    panels.push_back(std::move(panel));
  }
  const Limits limits = common_limits(panels);
  for (const Panel& panel : panels)
    grid.pictures.push_back(panel.points.xy.empty() ? Picture{.title = panel.title, .keys = panel.keys}
                                                    : panel_picture(panel, limits));
  if (labelled) grid.legend = class_swatches(section.class_names);
  if (is_plane(section.reference)) grid.caption = "Grey: draws of the data. ";
  return grid;
}

PictureGrid image_pictures(const std::vector<Shot>& shots) {
  PictureGrid grid;
  grid.columns = 1;
  for (const Shot& shot : shots) {
    const Tensor& images = shot.preview.samples;
    if (!is_images(images)) continue;
    const std::int64_t count = std::min(images.dim(0), kImagesInARow);
    Picture picture;
    picture.title = shot.title;
    picture.keys = {shot.key};
    picture.png = encode_png(gallery(images.slice_first(0, count), {.columns = static_cast<int>(count)}));
    grid.pictures.push_back(std::move(picture));
  }
  return grid;
}

}  // namespace

std::vector<Block> section_pictures(const SectionLayout& layout, const SectionInput& section,
                                    const ReportInput& input) {
  if (!input.preview) return {};
  const auto rows = row_places(layout);
  const std::size_t values = layout.laid ? layout.cells.axes[*layout.laid].values.size() : 1;
  const std::vector<std::size_t> columns = spread(values, kMostColumns);
  std::vector<std::size_t> named = layout.rows;
  if (layout.laid) named.push_back(*layout.laid);
  std::vector<Shot> shots;
  bool points = false, images = false;
  for (const std::size_t r : spread(rows.size(), layout.laid ? kMostRows : kMostRows * kMostColumns))
    for (const std::size_t place : columns) {
      const CellGroup* group = group_at(layout, rows[r], place);
      if (group == nullptr) continue;
      const CellResult& cell = *group->cells.front();  // the first seed
      std::vector<std::size_t> at = rows[r];
      if (layout.laid) at[*layout.laid] = place;
      Shot shot{row_text(layout, at, named), cell.key, {}};
      if (cell.status == CellStatus::diverged) shot.title += ": diverged";
      if (std::optional<PreviewSamples> preview = input.preview(cell.key)) shot.preview = std::move(*preview);
      points = points || is_plane(shot.preview.samples);
      images = images || is_images(shot.preview.samples);
      shots.push_back(std::move(shot));
    }
  if (!points && !images) return {};
  PictureGrid grid = points ? point_pictures(shots, section) : image_pictures(shots);
  grid.title = "Samples";
  if (points && layout.laid && columns.size() > 1) grid.columns = static_cast<int>(columns.size());
  grid.caption += "The first seed: every cell starts from the same noise.";
  if (rows.size() * values > shots.size()) grid.caption += " Some of the cells, evenly chosen.";
  return {std::move(grid)};
}

}  // namespace ito::experiments::report
