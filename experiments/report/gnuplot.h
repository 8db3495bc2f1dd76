// Runs gnuplot: a script in, what it writes out. No shell, no temporary files, none of the user's settings.
#pragma once

#include <string>

namespace ito::experiments::report {

// EnvironmentError when gnuplot is not installed (naming the package) or fails (naming its first complaint).
std::string run_gnuplot(const std::string& script);

// `text` as a gnuplot string: single quotes, in which nothing is expanded. Quotes inside become typographic ones
// (gnuplot 5.4 loses count of doubled ones before a double quote).
std::string gnuplot_string(const std::string& text);

}  // namespace ito::experiments::report
