// The commands of `ito`, one file each. A command prints to standard output and returns the exit code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ito::experiments {

// A recipe and what the command line changes in it.
struct RecipeOptions {
  std::string recipe;
  std::vector<std::string> set;   // "key=value"
  std::vector<std::string> only;  // "axis=value"
};

struct RunOptions {
  RecipeOptions recipe;
  std::string out;  // the run's folder; empty: build/runs/NAME of the tree
  bool json = false;
};
int run_command(const RunOptions& options);

struct TrainOptions {
  RecipeOptions recipe;
  std::string out;
  std::string save;  // where the one network's weights go besides
};
int train_command(const TrainOptions& options);

struct SampleOptions {
  RecipeOptions recipe;
  std::int64_t count = 0;            // 0: metrics.count
  std::optional<std::int64_t> seed;  // the recipe's
  std::optional<std::int64_t> batch;
  std::string file;    // .npy, .npz or .png
  std::string folder;  // where weights are kept, as --out of run
};
int sample_command(const SampleOptions& options);

struct ReportOptions {
  std::string run;  // a run's folder, or the name of a recipe that was run
  bool json = false;
};
int report_command(const ReportOptions& options);

struct ListOptions {
  std::string kind;  // empty: all
  bool json = false;
};
int list_command(const ListOptions& options);

struct ExplainOptions {
  std::string name;
};
int explain_command(const ExplainOptions& options);

struct CheckOptions {
  RecipeOptions recipe;
  std::string out;  // as of run
  bool json = false;
};
int check_command(const CheckOptions& options);

struct ExactOptions {
  RecipeOptions recipe;
  std::string file;  // .csv: the law along each direction; empty: none
  bool json = false;
};
int exact_command(const ExactOptions& options);

struct DoctorOptions {
  bool json = false;
};
int doctor_command(const DoctorOptions& options);

struct VerifyOptions {
  std::string run;
  std::vector<std::string> only;
  std::int64_t cells = 0;  // how many, spread evenly over the run; 0: all
};
int verify_command(const VerifyOptions& options);

struct CompareOptions {
  std::string a, b;
};
int compare_command(const CompareOptions& options);

struct ScoreOptions {
  std::string file;     // .npy or .npz
  std::string against;  // a data set's name or an array file
  std::vector<std::string> metrics;
  std::vector<std::string> set;  // parameters of data and metrics
  std::int64_t seed = 1;
  bool json = false;
};
int score_command(const ScoreOptions& options);

struct OrdersOptions {
  std::vector<std::string> solvers;
  bool all = false;
  std::vector<std::string> paths = {"vp", "edm", "flow"};
  std::vector<std::string> problems;  // empty: all
  std::string plot;                   // .svg or .png
  bool json = false;
};
int orders_command(const OrdersOptions& options);

}  // namespace ito::experiments
