// Vector fields: the networks of a section beside the exact denoiser, at the times that were stored.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "experiments/report/panels.h"
#include "experiments/report/section_layout.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

constexpr std::size_t kMostNetworks = 4;

struct FieldRow {
  std::string name;
  std::string key;
  const FieldPreview* stored;
  const Tensor* arrows;  // [T, G, 2]
};

bool same_floats(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.span<float>().data(), b.span<float>().data(),
                                               static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}

// Slice t of x [T, N, 2], or all of x [N, 2].
std::vector<float> plane(const Tensor& x, std::size_t t = 0) {
  const std::size_t each = static_cast<std::size_t>(x.dim(x.rank() - 2)) * 2;
  const auto from = x.span<float>().subspan(t * each, each);
  return {from.begin(), from.end()};
}

// Each arrow as long as the root of its length: near the data they are short, and their directions are what is to be
// seen.
std::vector<float> rooted(std::vector<float> arrows) {
  for (std::size_t i = 0; i + 1 < arrows.size(); i += 2) {
    const float length = std::sqrt(arrows[i] * arrows[i] + arrows[i + 1] * arrows[i + 1]);
    if (!(length > 0)) continue;
    arrows[i] /= std::sqrt(length);
    arrows[i + 1] /= std::sqrt(length);
  }
  return arrows;
}

// What tells networks apart: the keys of their own tables where the section varies them.
std::string network_name(const SectionLayout& layout, const CellGroup& group) {
  std::vector<std::size_t> own;
  for (const std::size_t axis : layout.varying) {
    const std::string& key = layout.cells.axes[axis].key;
    if (key.starts_with("model.") || key.starts_with("training.") || key.starts_with("path.")) own.push_back(axis);
  }
  const std::string name = row_text(layout, group.place, own);
  return name.empty() ? "network" : name;
}

PictureGrid draw(const std::vector<FieldRow>& rows) {
  const FieldPreview& first = *rows.front().stored;
  const auto times = first.times.span<double>();
  PictureGrid grid;
  grid.title = "Fields";
  grid.caption =
      "An arrow leads from x towards where the denoiser expects the data behind it, α x̂₀ − x = −σ ε̂, without labels or "
      "guidance; t is the part of the way from data to noise. Its length goes with the root of the distance, and "
      "compares within a column. Grey: data with the noise of that time, which is where a network is trained.";
  grid.columns = static_cast<int>(times.size());
  std::vector<std::vector<ArrowField>> fields(rows.size());
  std::vector<double> longest;
  for (std::size_t t = 0; t < times.size(); ++t) {
    std::vector<ArrowField> column;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      fields[r].push_back({plane(rows[r].stored->at), rooted(plane(*rows[r].arrows, t))});
      column.push_back(fields[r].back());
    }
    longest.push_back(common_arrow_length(column));
  }
  const Panel extent{.arrows = fields[0][0]};
  const Limits limits = common_limits({&extent, 1});
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t t = 0; t < times.size(); ++t) {
      Panel panel{.title = rows[r].name + ", t\u00a0=\u00a0" + shortest(times[t]),
                  .behind = {.xy = plane(rows[r].stored->data, t), .labels = {}},
                  .arrows = fields[r][t],
                  .longest_arrow = longest[t],
                  .keys = {rows[r].key}};
      grid.pictures.push_back(panel_picture(panel, limits));
    }
  return grid;
}

}  // namespace

std::vector<Block> section_fields(const SectionLayout& layout, const ReportInput& input) {
  if (!input.preview) return {};
  std::vector<FieldPreview> found;  // of different networks
  std::vector<std::string> names, keys;
  for (const CellGroup& group : layout.cells.groups) {
    const std::string& key = group.cells.front()->key;  // the first seed
    std::optional<PreviewSamples> preview = input.preview(key);
    if (!preview || !preview->field || found.size() == kMostNetworks) continue;
    FieldPreview& field = *preview->field;
    const bool known = std::any_of(found.begin(), found.end(), [&](const FieldPreview& other) {
      return same_floats(other.network, field.network) || !same_floats(other.at, field.at);
    });
    if (known) continue;
    names.push_back(network_name(layout, group));
    keys.push_back(key);
    found.push_back(std::move(field));
  }
  if (found.empty()) return {};
  std::vector<FieldRow> rows;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!same_floats(found[i].network, found[i].exact))
      rows.push_back({names[i], keys[i], &found[i], &found[i].network});
  rows.push_back({"exact", keys[0], &found[0], &found[0].exact});
  return {draw(rows)};
}

}  // namespace ito::experiments::report
