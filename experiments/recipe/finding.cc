#include "experiments/recipe/finding.h"

#include <algorithm>

#include "experiments/recipe/resolve.h"
#include "experiments/recipe/schema.h"

namespace ito::experiments {
namespace {

const std::vector<std::string> kKinds = {"ratio", "difference", "bound", "first_unresolved"};

std::string text_of(const Item& item, const std::string& key) {
  return std::get<std::string>(convert(item, {.name = key, .default_value = std::string(), .meaning = ""}, key));
}

double number_of(const Item& item, const std::string& key, double min = -1e308, double max = 1e308) {
  return std::get<double>(
      convert(item, {.name = key, .default_value = 0.0, .meaning = "", .min = min, .max = max}, key));
}

int find_section(const Item& item, const std::string& key, const std::vector<ResolvedSection>& sections) {
  if (const auto* number = std::get_if<std::int64_t>(&item.node)) {
    if (*number < 1 || *number > static_cast<std::int64_t>(sections.size()))
      refuse(item.where, key + ": there are " + std::to_string(sections.size()) + " sections, counted from 1");
    return static_cast<int>(*number) - 1;
  }
  const std::string title = text_of(item, key);
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (sections[i].title == title) return static_cast<int>(i);
    titles.push_back(sections[i].title);
  }
  refuse(item.where, key + ": no section is titled '" + title + "'; nearest: " + nearest_name(title, titles));
}

const Axis* find_axis(const ResolvedSection& section, std::string_view key) {
  for (const Axis& axis : section.axes)
    if (axis.key == key) return &axis;
  return nullptr;
}

std::vector<std::string> axis_names(const ResolvedSection& section) {
  std::vector<std::string> names;
  for (const Axis& axis : section.axes) names.push_back(axis.key);
  return names;
}

void add_to_filter(CellFilter& filter, const std::string& key, const std::string& shown, const Item& item,
                   const ResolvedSection& section) {
  Value value;
  if (const auto* b = std::get_if<bool>(&item.node))
    value = *b;
  else if (const auto* i = std::get_if<std::int64_t>(&item.node))
    value = *i;
  else if (const auto* d = std::get_if<double>(&item.node))
    value = *d;
  else if (const auto* s = std::get_if<std::string>(&item.node))
    value = *s;
  else
    refuse(item.where, shown + ": expected one value of the axis");
  const Axis* axis = find_axis(section, key);
  if (axis == nullptr) {
    const auto shared = section.given.find(key);
    if (shared != section.given.end() && same_value(shared->second.value, value)) return;
    refuse(item.key, shown + ": not swept in this section" +
                         (section.axes.empty() ? "" : "; nearest: " + nearest_name(key, axis_names(section))));
  }
  std::string all;
  for (const Setting& setting : axis->values) {
    if (same_value(setting.value, value)) {
      filter.axes.emplace(key, setting.value);
      return;
    }
    all += (all.empty() ? "" : ", ") + value_text(setting.value);
  }
  refuse(item.where, shown + ": not a value of this axis, which takes " + all);
}

// What is left free in a group of cells, the seed and `along` apart, must have one value.
void check_determined(const CellFilter& filter, const Finding& finding, const char* side,
                      const ResolvedSection& section) {
  for (const Axis& axis : section.axes) {
    if (axis.key == "seed" || axis.values.size() < 2 || filter.axes.contains(axis.key)) continue;
    if (finding.kind == FindingKind::first_unresolved && axis.key == finding.along && side[0] == 'a') continue;
    refuse(finding.where, std::string(side) + "." + axis.key + " is missing: the cells of " + side +
                              " may differ in seed only" +
                              (finding.kind == FindingKind::first_unresolved ? " (and along `along`, in a)" : ""));
  }
}

}  // namespace

std::string_view finding_kind_name(FindingKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

Finding resolve_finding(const FindingItems& written, const std::vector<ResolvedSection>& sections) {
  Finding finding;
  finding.where = written.where;
  const auto required = [&](const char* key) -> const Item& {
    const Item* item = find_item(written.items, key);
    if (item == nullptr) refuse(written.where, std::string("a finding needs ") + key);
    return *item;
  };
  finding.title = text_of(required("title"), "title");
  const Item& kind = required("kind");
  const std::string kind_text = std::get<std::string>(
      convert(kind, {.name = "kind", .default_value = std::string(), .meaning = "", .choices = kKinds}, "kind"));
  finding.kind = static_cast<FindingKind>(std::find(kKinds.begin(), kKinds.end(), kind_text) - kKinds.begin());
  finding.a.metric = finding.b.metric = text_of(required("metric"), "metric");

  for (const auto& [side, filter] : {std::pair("a", &finding.a), std::pair("b", &finding.b)})
    if (const Item* item = find_item(written.items, std::string(side) + ".section"))
      filter->section = find_section(*item, std::string(side) + ".section", sections);

  bool has_b = false;
  for (const auto& [key, item] : written.items) {
    if (key == "title" || key == "kind" || key == "metric" || key == "a.section") continue;
    if (key == "along") {
      finding.along = text_of(item, key);
    } else if (key == "at_least") {
      finding.at_least = number_of(item, key);
    } else if (key == "at_most") {
      finding.at_most = number_of(item, key);
    } else if (key == "confidence") {
      finding.confidence = number_of(item, key, 0.5, 0.9999);
    } else if (key == "b.metric") {
      finding.b.metric = text_of(item, key);
      has_b = true;
    } else if (key == "b.section") {
      has_b = true;
    } else if (key.starts_with("a.")) {
      add_to_filter(finding.a, key.substr(2), key, item, sections[static_cast<std::size_t>(finding.a.section)]);
    } else if (key.starts_with("b.")) {
      has_b = true;
      add_to_filter(finding.b, key.substr(2), key, item, sections[static_cast<std::size_t>(finding.b.section)]);
    } else {
      const std::vector<std::string> valid = {"title", "kind",     "metric",  "a",         "b",
                                              "along", "at_least", "at_most", "confidence"};
      refuse(wrong_part(item, key, valid),
             "unknown key '" + key + "' in a finding; nearest: " + nearest_name(key, valid));
    }
  }

  const ResolvedSection& section_a = sections[static_cast<std::size_t>(finding.a.section)];
  if (finding.kind == FindingKind::first_unresolved) {
    const Item& along = required("along");
    const Axis* axis = find_axis(section_a, finding.along);
    if (axis == nullptr)
      refuse(along.where, "along: '" + finding.along + "' is not swept in the section of a; nearest: " +
                              nearest_name(finding.along, axis_names(section_a)));
    for (const Setting& setting : axis->values)
      if (std::holds_alternative<std::string>(setting.value) || is_list_type(setting.value))
        refuse(along.where, "along: expected an axis of numbers");
  } else if (!finding.along.empty()) {
    refuse(find_item(written.items, "along")->key, "along: only first_unresolved walks along an axis");
  }
  if (finding.kind == FindingKind::bound && has_b)
    refuse(written.where, "kind = \"bound\" is about a alone: leave b out");
  if (finding.kind != FindingKind::bound && !has_b)
    refuse(written.where, "kind = \"" + kind_text + "\" compares a with b: b is missing");
  check_determined(finding.a, finding, "a", section_a);
  if (finding.kind != FindingKind::bound)
    check_determined(finding.b, finding, "b", sections[static_cast<std::size_t>(finding.b.section)]);
  return finding;
}

}  // namespace ito::experiments
