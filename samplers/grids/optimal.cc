// The times that a solver errs least with, on Gaussian data of given variances: its exact law at the end of every grid
// is known (samplers/exact/sampler_law.h), so the distance to the data is a function of the n - 1 times between the
// ends, and its minimum can be looked for. The idea is that of Sabour, Fidler, Kreis 2024 (Align Your Steps), with an
// error that is exact in the place of their bound.
//
//   minimise log W2^2(law of the solver's end, data) or log KL over lambda_1 < ... < lambda_{n-1},
//   lambda_i = lambda_{i-1} + exp(g_i),   lambda_0 = lambda(t_start),   no lambda above lambda(t_end)
//
// and no step below 1/100 of the mean one, by BFGS over g from the best of the grids karras, lambda and uniform with
// the same ends; where nothing better is found, that grid itself. A local minimum, therefore, and never worse than
// those three. The solver has its default parameters, starts from N(0, sigma^2 I), and is asked with the exact
// denoiser. With final = "end" the target is the data's law at t_end.
//
// The default variances are those of Fashion-MNIST (pixels in [-1, 1], 60,000 training images): the 784 eigenvalues of
// their covariance in 19 groups equal in log, each by its mean standard deviation.
#include <limits>
#include <map>
#include <mutex>

#include "samplers/exact/sampler_law.h"
#include "samplers/grids/ends.h"
#include "samplers/grids/minimise.h"

namespace ito {
namespace {

constexpr int kMostSteps = 64;      // beyond, differences of so small steps say little and take long
constexpr double kShortest = 0.01;  // of the mean step in lambda: no step is shorter

const std::vector<double> kFashionVariances = {62.9,    14.9,    7.73,    2.68,   1.03,    0.399,   0.154,
                                               0.0601,  0.0241,  0.00972, 0.0039, 0.00152, 5.87e-4, 2.21e-4,
                                               7.78e-5, 2.59e-5, 6.24e-6, 2.2e-6, 4.02e-7};
const std::vector<double> kFashionCounts = {2, 2, 4, 6, 21, 39, 86, 152, 198, 158, 65, 22, 13, 6, 4, 3, 1, 1, 1};

class Search {
 public:
  Search(const Path& path, int steps, const Parameters& parameters)
      : path_(PathPtr(), &path), steps_(steps), parameters_(parameters), by_kl_(parameters.text("error") == "kl") {
    solver_ = make_solver(parameters.text("solver"));
    data_.variances = parameters.numbers("variances");
    data_.means = parameters.numbers("means");
    counts_ = parameters.numbers("counts");
    if (counts_.empty() && data_.variances == kFashionVariances) counts_ = kFashionCounts;
    fill_up("means", data_.means, 0.0);
    fill_up("counts", counts_, 1.0);
    for (std::size_t j = 0; j < counts_.size(); ++j)
      if (!(data_.variances[j] >= 0) || !(counts_[j] > 0))
        throw InputError("grid 'optimal': variances must be at least 0 and counts above 0");
    clean_ = parameters.text("final") == "zero";
    const auto end = [&](const char* name, double own) {
      const double given = parameters.number(name);
      return given == kPathsOwn ? own : given;
    };
    t_start_ = end("t_start", finite_start(path)), t_end_ = end("t_end", finite_end(path));
    first_ = path.lambda(Time(t_start_)).value, last_ = path.lambda(Time(t_end_)).value;
    if (!std::isfinite(first_) || !std::isfinite(last_) || !(first_ < last_))
      throw InputError("grid 'optimal' on path '" + path.name() + "': lambda is " + value_text(first_) +
                       " at t_start " + value_text(t_start_) + " and " + value_text(last_) + " at t_end " +
                       value_text(t_end_) + "; expected finite ends, the first below the last");
    denoiser_ = diagonal_denoiser(data_, path_);
  }

  std::vector<double> times() {
    std::vector<double> best;
    double least = std::numeric_limits<double>::infinity();
    for (const std::vector<double>& times : candidates())
      if (const double error = log_error(times); best.empty() || error < least) best = times, least = error;
    if (best.empty()) throw InputError("grid 'optimal': no grid of " + std::to_string(steps_) + " steps to begin with");
    law(Grid(*path_, best, "grid 'optimal'"), true);  // refuses a solver that has no exact law
    if (gaps_of(best).empty()) return best;
    const auto error = [&](const std::vector<double>& gaps) {
      return too_short(gaps) ? std::numeric_limits<double>::infinity() : log_error(times_of(gaps));
    };
    const std::vector<double> found = times_of(minimise(error, gaps_of(best)));
    return log_error(found) < least ? found : best;
  }

 private:
  void fill_up(const char* name, std::vector<double>& values, double value) const {
    if (values.empty()) values.assign(data_.variances.size(), value);
    if (values.size() != data_.variances.size() || values.empty())
      throw InputError(std::string("grid 'optimal': ") + std::to_string(values.size()) + " " + name + " for " +
                       std::to_string(data_.variances.size()) + " variances; expected as many, at least one");
  }

  // Those of the other grids with these ends that the path has.
  std::vector<std::vector<double>> candidates() const {
    std::vector<std::vector<double>> list;
    const std::string final = parameters_.text("final");
    const double sigma_max = math::exp(-first_), sigma_min = math::exp(-last_);
    const GivenParameters lambda = {{"t_start", t_start_}, {"t_end", t_end_}, {"final", final}};
    const GivenParameters uniform = {{"t_start", t_start_}, {"t_end", clean_ ? 0.0 : t_end_}};
    const auto add = [&](const char* name, const GivenParameters& given) {
      try {
        std::vector<double> times = make_grid(name, *path_, steps_, given).times();
        times.front() = t_start_;  // not what rounding makes of its lambda
        if (!clean_) times.back() = t_end_;
        list.push_back(Grid(*path_, std::move(times), "grid 'optimal'").times());
      } catch (const InputError&) {  // a clipped path need not have all of them
      }
    };
    add("lambda", lambda);
    add("uniform", uniform);
    for (const double rho : {7.0, 3.0})
      add("karras", {{"rho", rho}, {"sigma_max", sigma_max}, {"sigma_min", sigma_min}, {"final", final}});
    return list;
  }

  // log(lambda_i - lambda_{i-1}) of the steps between finite lambdas.
  std::vector<double> gaps_of(const std::vector<double>& times) const {
    std::vector<double> gaps;
    for (std::size_t i = 1; i + (clean_ ? 1 : 0) < times.size(); ++i)
      gaps.push_back(math::log(path_->lambda(Time(times[i])).value - path_->lambda(Time(times[i - 1])).value));
    return gaps.size() > 1 || clean_ ? gaps : std::vector<double>{};
  }

  // A multistep method may gain from a step of almost no length, whose two outputs are a derivative: in exact
  // arithmetic only, with an exact model only.
  static bool too_short(const std::vector<double>& gaps) {
    double total = 0, least = std::numeric_limits<double>::infinity();
    for (const double g : gaps) total += math::exp(g), least = std::min(least, math::exp(g));
    return least < kShortest * total / static_cast<double>(gaps.size());
  }

  std::vector<double> times_of(const std::vector<double>& gaps) const {
    double total = 0;
    for (const double g : gaps) total += math::exp(g);
    // Beyond t_end, and wherever the grid ends there, the gaps are shares of the room between the ends.
    const double room = last_ - first_;
    const bool fills = !clean_ || total >= room;
    const double scale = fills ? room / total : 1.0;
    std::vector<double> times = {t_start_};
    double sum = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      sum += scale * math::exp(gaps[i]);
      const bool meets_end = fills && i + 1 == gaps.size();
      times.push_back(meets_end ? t_end_ : time_of(first_ + sum));
    }
    if (clean_) times.push_back(path_->clean_end().value);
    return times;
  }
  double time_of(double lambda) const { return lambda >= last_ ? t_end_ : path_->time(Lambda(lambda)).value; }

  SamplerLaw law(const Grid& grid, bool check) const {
    return sampler_law(denoiser_, path_, grid, *solver_, noise_law(*path_, grid, data_.variances.size()),
                       {.solver = parameters_.text("solver"), .check = check});
  }

  // +inf for times that are no grid, a walk that diverges, or an error that overflows into NaN.
  double log_error(const std::vector<double>& times) const {
    try {
      const Grid grid(*path_, times, "grid 'optimal'");
      const DiagonalGaussian end = law(grid, false).end;
      const Time s = grid.back();
      const DiagonalGaussian target = diffused(data_, {path_->alpha(s), path_->sigma(s)});
      double sum = 0;
      for (std::size_t j = 0; j < counts_.size(); ++j) {
        const DiagonalGaussian p{{end.means[j]}, {end.variances[j]}}, q{{target.means[j]}, {target.variances[j]}};
        const double w2 = by_kl_ ? 0.0 : w2_distance(p, q);
        sum += counts_[j] * (by_kl_ ? kl_divergence(p, q) : w2 * w2);
      }
      if (std::isnan(sum)) return std::numeric_limits<double>::infinity();
      return sum > 0 ? math::log(sum) : -745.0;
    } catch (const InputError&) {
      return std::numeric_limits<double>::infinity();
    } catch (const DivergedError&) {
      return std::numeric_limits<double>::infinity();
    }
  }

  PathPtr path_;
  int steps_;
  const Parameters& parameters_;
  bool by_kl_, clean_ = true;
  std::unique_ptr<Solver> solver_;
  DiagonalGaussian data_;
  std::vector<double> counts_;
  double t_start_ = 0, t_end_ = 0, first_ = 0, last_ = 0;
  Denoiser denoiser_;
};

// A search takes from milliseconds to seconds, and a plan makes a cell's grid several times.
std::vector<double> remembered(const Path& path, int steps, const Parameters& parameters) {
  static std::mutex mutex;
  static std::map<std::string, std::vector<double>> found;
  std::string key = path.signature() + "\n" + std::to_string(steps);
  for (const auto& [name, value] : parameters.all()) key += "\n" + name + "=" + value_text(value);
  const std::lock_guard lock(mutex);
  auto it = found.find(key);
  if (it == found.end()) it = found.emplace(key, Search(path, steps, parameters).times()).first;
  return it->second;
}

const Register<Grid> optimal{
    {.name = "optimal",
     .paper = "MATHS.md, section 7; after Sabour, Fidler, Kreis 2024 (Align Your Steps)",
     .summary = "The steps that minimise a solver's exact error on Gaussian data of given variances.",
     .formula = "argmin over t_1 > ... > t_{n-1} of W2(solver's law at the end, data)  (or KL),  ends kept",
     .parameters = {{.name = "solver",
                     .default_value = std::string("ddim"),
                     .meaning = "whose error is minimised, with its default parameters; it must be affine"},
                    {.name = "error",
                     .default_value = std::string("w2"),
                     .meaning = "W2(sampler, data), or KL(sampler || data)",
                     .choices = {"w2", "kl"}},
                    {.name = "variances",
                     .default_value = kFashionVariances,
                     .meaning = "of the data, along the axes of their covariance (default: Fashion-MNIST's spectrum)",
                     .min = 0,
                     .max = 1e12},
                    {.name = "counts",
                     .default_value = std::vector<double>{},
                     .meaning = "how many axes have each variance; empty: one (for the default variances, their own)",
                     .min = 0,
                     .max = 1e12},
                    {.name = "means",
                     .default_value = std::vector<double>{},
                     .meaning = "of the data along these axes; empty: 0",
                     .min = -1e9,
                     .max = 1e9},
                    {.name = "t_start",
                     .default_value = kPathsOwn,
                     .meaning = "first time; -1: the path's t_max, or 0.999 where alpha(t_max) = 0",
                     .min = -1,
                     .max = 1e6},
                    {.name = "t_end",
                     .default_value = kPathsOwn,
                     .meaning =
                         "the least time before the clean end; -1: the path's t_min, or 0.001 where that is clean",
                     .min = -1,
                     .max = 1e6},
                    final_parameter()}},
    [](const Path& path, int steps, const Parameters& parameters) {
      if (steps < 1 || steps > kMostSteps)
        throw InputError("grid 'optimal': steps is " + std::to_string(steps) + "; expected 1 to " +
                         std::to_string(kMostSteps));
      return Grid(path, remembered(path, steps, parameters), "grid 'optimal'");
    }};

}  // namespace
}  // namespace ito
