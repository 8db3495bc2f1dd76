#include "experiments/report/html.h"

#include <array>
#include <string_view>
#include <utility>

#include "experiments/report/page_style.h"
#include "experiments/report/png.h"
#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

// Paragraphs of plain text: an empty line parts them.
std::string paragraphs(const std::string& text, const char* attributes = "") {
  std::string out;
  for (std::size_t begin = text.find_first_not_of('\n'); begin < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", begin), text.size());
    out += "<p" + std::string(attributes) + ">" + html_escape(text.substr(begin, end - begin)) + "</p>\n";
    begin = text.find_first_not_of('\n', end);
  }
  return out;
}

std::string keys_title(const std::vector<std::string>& keys) {
  if (keys.empty()) return "";
  std::string text = keys.size() == 1 ? "cell" : "cells";
  for (const std::string& key : keys) text += " " + key.substr(0, 16);
  return " title=\"" + html_escape(text) + "\"";
}

std::string figure_end(const std::string& caption) {
  return (caption.empty() ? "" : "<p class=\"note\">" + html_escape(caption) + "</p>") + "</figure>\n";
}

std::string html_plots(const PlotGrid& grid, const std::vector<PlotSvg>& drawn) {
  std::string out = "<figure>";
  if (!grid.title.empty()) out += "<figcaption>" + html_escape(grid.title) + "</figcaption>";
  if (drawn.empty())
    return out +
           "<p class=\"note\">This figure was not drawn: gnuplot was missing. Its numbers are in the "
           "tables.</p></figure>\n";
  out += legend_html(grid) + "<div class=\"plots" +
         (drawn.size() == 1   ? " one"
          : drawn.size() == 2 ? " two"
                              : "") +
         "\">\n";
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    out += "<div>";
    if (grid.plots.size() > 1 && !grid.plots[i].title.empty())
      out += "<h4>" + html_escape(grid.plots[i].title) + "</h4>";
    out += drawn[i].inline_svg + "</div>\n";
  }
  return out + "</div>" + figure_end(grid.caption);
}

std::string html_pictures(const PictureGrid& grid) {
  std::string out = "<figure>";
  if (!grid.title.empty()) out += "<figcaption>" + html_escape(grid.title) + "</figcaption>";
  if (!grid.legend.empty()) {
    out += "<ul class=\"legend\">";
    for (const Swatch& swatch : grid.legend)
      out += "<li><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><circle cx=\"6\" cy=\"6\" r=\"5\" fill=\"" +
             html_escape(swatch.color) + "\"/></svg>" + html_escape(swatch.name) + "</li>";
    out += "</ul>";
  }
  out += "<div class=\"pictures";
  if (grid.columns > 0)
    out += " grid\" style=\"grid-template-columns:repeat(" + std::to_string(grid.columns) + ",auto)";
  out += "\">\n";
  for (const Picture& picture : grid.pictures) {
    out += "<div" + keys_title(picture.keys) + ">";
    if (!picture.title.empty()) out += "<p>" + html_escape(picture.title) + "</p>";
    if (picture.png.empty()) {
      out += picture.svg;
    } else {
      out += "<img alt=\"" + html_escape(picture.title.empty() ? grid.title : picture.title) + "\"";
      if (picture.width > 0) out += " width=\"" + std::to_string(picture.width) + "\"";
      out += " src=\"" + png_data_uri(picture.png) + "\">";
    }
    out += "</div>\n";
  }
  return out + "</div>" + figure_end(grid.caption);
}

struct VerdictText {
  const char* style;
  const char* text;
};

VerdictText verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return {"holds", "✓ holds"};
    case Verdict::fails:
      return {"fails", "✗ does not hold"};
    case Verdict::unresolved:
      return {"open", "≈ not resolved"};
    case Verdict::stated:
      return {"none", "found"};
    case Verdict::unmeasured:
      break;
  }
  return {"none", "not measured"};
}

std::string html_findings(const std::vector<Claim>& findings) {
  std::string out = "<section id=\"findings\"><h2>Findings</h2><ol class=\"findings\">\n";
  for (const Claim& claim : findings) {
    const auto [style, text] = verdict_text(claim.verdict);
    out += std::string("<li><span class=\"verdict ") + style + "\">" + text + "</span><div><p class=\"claim\"" +
           keys_title(claim.keys) + ">" + html_escape(claim.text) + "</p>";
    if (!claim.evidence.empty()) out += "<p class=\"evidence\">" + html_escape(claim.evidence) + "</p>";
    out += "</div></li>\n";
  }
  return out + "</ol></section>\n";
}

std::string section_id(const Section& section, std::size_t i) {
  return "s" + std::to_string(i + 1) + "-" + slug(section.title);
}

std::string html_contents(const Document& document) {
  std::string out = "<nav class=\"contents\" aria-label=\"Contents\"><p>Contents</p><ol>\n";
  const auto item = [&](const std::string& id, const std::string& text) {
    out += "<li><a href=\"#" + id + "\">" + html_escape(text) + "</a></li>\n";
  };
  if (!document.findings.empty()) item("findings", "Findings");
  for (std::size_t i = 0; i < document.sections.size(); ++i)
    item(section_id(document.sections[i], i), document.sections[i].title);
  item("reproduce", "How to get these numbers again");
  return out + "</ol></nav>\n";
}

std::string html_reproduce(const Document& document) {
  std::string out = "<section id=\"reproduce\"><h2>How to get these numbers again</h2>\n";
  if (!document.command.empty()) out += "<pre>" + html_escape(document.command) + "</pre>\n";
  out +=
      "<p>The same recipe gives the same bits on every machine, for any number of threads and any batch size. "
      "Hovering over a number shows it whole, with the keys of the cells it comes from.</p>\n<dl class=\"facts\">";
  if (!document.recipe_hash.empty())
    out += "<dt>recipe hash</dt><dd><code>" + html_escape(document.recipe_hash) + "</code></dd>";
  for (const auto& [name, value] : document.facts)
    out += "<dt>" + html_escape(name) + "</dt><dd>" + html_escape(value) + "</dd>";
  out += "</dl>\n";
  if (!document.recipe_text.empty()) out += "<h3>Recipe</h3>\n<pre>" + html_escape(document.recipe_text) + "</pre>\n";
  return out + "</section>\n";
}

std::string html_top(const Document& document) {
  std::string out = "<header class=\"top\"><p class=\"name\">ito report</p><h1>" + html_escape(document.title) +
                    "</h1>\n" + paragraphs(document.description, " class=\"lead\"") + "<p class=\"facts-line\">";
  if (!document.recipe_hash.empty())
    out += "<span>recipe <code>" + html_escape(document.recipe_hash.substr(0, 12)) + "</code></span>";
  int holding = 0, judged = 0;
  for (const Claim& claim : document.findings) {
    holding += claim.verdict == Verdict::holds;
    judged += claim.verdict != Verdict::stated;
  }
  if (judged > 0) out += "<span>" + std::to_string(holding) + " of " + std::to_string(judged) + " claims hold</span>";
  for (const auto& [name, value] : document.facts)
    if (name == "time" || name == "date") out += "<span>" + html_escape(value) + "</span>";
  return out + "</p></header>\n";
}

}  // namespace

std::string html_page(const Document& document, const std::vector<std::vector<PlotSvg>>& plots,
                      const std::string& missing) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"ito\">\n<title>" +
      html_escape(document.title) + "</title>\n<style>" + kPageStyle +
      "</style></head>\n<body><div class=\"sheet\">\n" + html_top(document) + html_contents(document) + "<main>\n";
  if (!missing.empty()) out += "<p class=\"warning\">" + html_escape(missing) + "</p>\n";
  if (!document.findings.empty()) out += html_findings(document.findings);
  std::size_t plot_grid = 0;
  for (std::size_t i = 0; i < document.sections.size(); ++i) {
    const Section& section = document.sections[i];
    out += "<section id=\"" + section_id(section, i) + "\"><h2>" + html_escape(section.title) + "</h2>\n";
    for (const Block& block : section.blocks) {
      if (const auto* prose = std::get_if<Prose>(&block)) out += paragraphs(prose->text);
      if (const auto* table = std::get_if<Table>(&block)) out += html_table(*table);
      if (const auto* pictures = std::get_if<PictureGrid>(&block)) out += html_pictures(*pictures);
      if (const auto* grid = std::get_if<PlotGrid>(&block)) {
        out += html_plots(*grid, plot_grid < plots.size() ? plots[plot_grid] : std::vector<PlotSvg>{});
        ++plot_grid;
      }
    }
    out += "</section>\n";
  }
  return out + html_reproduce(document) +
         "</main><footer>Written by ito. This page is complete in itself: it loads "
         "nothing.</footer></div></body></html>\n";
}

}  // namespace ito::experiments::report
