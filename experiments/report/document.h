// Document: a report as plain data. What is in it is decided elsewhere (from_cells.h); how it looks is in html.h.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "experiments/report/plot.h"
#include "experiments/report/table.h"

namespace ito::experiments::report {

// One picture: a PNG of any size, shown `width` CSS pixels wide (0: as wide as its own pixels), or an SVG element.
struct Picture {
  std::string title = "";
  std::string png = "";       // encoded bytes
  std::string svg = "";       // where there is no png: an element for the page
  std::string file_png = "";  // for the folder of pictures; empty: `png`
  int width = 0;
  std::vector<std::string> keys = {};  // cells it shows
};

// A colour and what it stands for.
struct Swatch {
  std::string name;
  std::string color;  // "#4477AA"
};

// Pictures side by side; 0 columns: as many as fit.
struct PictureGrid {
  std::string title;
  std::string caption = "";
  int columns = 0;
  std::vector<Swatch> legend = {};
  std::vector<Picture> pictures = {};
};

// A passage of plain text; an empty line parts paragraphs.
struct Prose {
  std::string text;
};

enum class Verdict {
  holds,
  fails,
  unresolved,  // the interval holds both answers
  stated,      // a number was asked for, and nothing of it expected
  unmeasured   // cells or metrics are missing
};

// A claim, and what the numbers say about it.
struct Claim {
  std::string text;  // "Noise left out of DDPM: W2 at least 4 times larger"
  Verdict verdict = Verdict::unmeasured;
  std::string evidence;  // "ratio 6.1, 95% interval [5.8, 6.4]; 4 seeds"
  std::vector<std::string> keys = {};
};

using Block = std::variant<Prose, Table, PlotGrid, PictureGrid>;

struct Section {
  std::string title;
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  std::string description = "";
  std::vector<Claim> findings;
  std::vector<Section> sections;

  std::string recipe_text;
  std::string recipe_hash;
  std::string command;                                     // what computes it again
  std::vector<std::pair<std::string, std::string>> facts;  // machine, versions, time: name and value
};

}  // namespace ito::experiments::report
