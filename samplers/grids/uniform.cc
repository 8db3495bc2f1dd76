// Uniform in the path's own clock: t, or sigma on `edm`.
#include "samplers/grids/ends.h"

namespace ito {
namespace {

const Register<Grid> uniform{
    {.name = "uniform",
     .paper = "Song et al. 2021 (Score SDE), appendix D; Lipman et al. 2023, section 6",
     .summary = "Equal steps in t (in sigma on edm), from t_start to t_end, the clean end unless told otherwise.",
     .formula = "t_i = t_start + i/n (t_end - t_start),  i = 0 .. n",
     .parameters =
         {{.name = "t_start",
           .default_value = kPathsOwn,
           .meaning = "first time; -1: the path's t_max (the reverse SDE needs less where alpha(t_max) = 0)",
           .min = -1,
           .max = 1e6},
          {.name = "t_end", .default_value = 0.0, .meaning = "last time; 0 is the clean end", .min = 0, .max = 1e6}}},
    [](const Path& path, int steps, const Parameters& parameters) {
      const double given = parameters.number("t_start");
      const double t_start = given == kPathsOwn ? path.t_max().value : given;
      std::vector<double> times = evenly(t_start, parameters.number("t_end"), steps + 1);
      if (times.back() == 0.0) times.back() = path.clean_end().value;
      return Grid(path, times, "grid 'uniform'");
    }};

}  // namespace
}  // namespace ito
