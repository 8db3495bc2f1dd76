// What the terminal can show, and how much the user wants to be told.
#pragma once

namespace ito::experiments {

// `quiet` for --quiet and --json: progress is silent. Set once, before work begins.
enum class Verbosity { quiet, normal };
void set_verbosity(Verbosity verbosity);
Verbosity verbosity();

bool is_terminal(int descriptor);    // a terminal that understands cursor movements (TERM is set and not "dumb")
int terminal_width(int descriptor);  // columns; 80 where there is no terminal, COLUMNS where it is set
bool terminal_is_utf8();             // LC_ALL, LC_CTYPE, LANG (the first that is set) names UTF-8

}  // namespace ito::experiments
