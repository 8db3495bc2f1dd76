#include "tests/bits/cases.h"

#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "autograd/io/npy.h"
#include "autograd/io/sha256.h"
#include "experiments/data/dataset.h"
#include "experiments/metrics/metric.h"
#include "experiments/models/model.h"
#include "experiments/run/cell_key.h"
#include "experiments/training/train.h"
#include "kernels/core/context.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/random/random.h"
#include "samplers/exact/diagonal_gaussian.h"
#include "samplers/exact/sampler_law.h"
#include "samplers/factories.h"
#include "samplers/noise.h"
#include "samplers/process/likelihood.h"
#include "samplers/solver.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace ito::bits {

using namespace ito::experiments;

namespace {

std::string revision_of(const std::string& component) {
  if (component == "core") return "core=" + std::to_string(kCoreNumerics);
  const std::size_t colon = component.find(':');
  const Entry& entry = find_entry(component.substr(0, colon), component.substr(colon + 1));
  return component + "=" + std::to_string(entry.numerics);
}

std::shared_ptr<const Dataset> make_data(const std::string& name, const GivenParameters& given = {}) {
  return maker<Dataset>(name)(Parameters(find_entry("data", name), given));
}

std::unique_ptr<Model> make_model(const Dataset& data, const std::string& kind, const GivenParameters& given = {}) {
  return maker<Model>(kind)(data, 1, Parameters(find_entry("model", kind), given));
}

// 200 steps on a batch whose last shard is short, with everything on: label dropout, clipping, warm-up, decay, EMA.
TrainingOptions training_of(const std::string& path) {
  TrainingOptions options;
  options.path = path;
  options.steps = 200;
  options.batch = 1100;
  options.warmup = 20;
  return options;
}

std::unique_ptr<Model> trained(const std::string& path, const std::string& prediction) {
  const auto data = make_data("spiral");
  std::unique_ptr<Model> model = make_model(*data, "mlp", {{"prediction", prediction}});
  train(*model, *data, training_of(path), {});
  return model;
}

// One network for all sampling cases: what trains it is a case of its own.
const Model& network(const std::string& path, const std::string& prediction) {
  static std::map<std::string, std::unique_ptr<Model>> models;
  std::unique_ptr<Model>& model = models[path + " " + prediction];
  if (!model) model = trained(path, prediction);
  return *model;
}

struct Walk {
  std::string solver;
  GivenParameters parameters;
  std::string path;
};

std::string sampled(const Denoiser& denoiser, const Walk& walk, const Shape& shape, int classes, std::int64_t batch) {
  const PathPtr path = make_path(walk.path);
  const bool vanishing = path->alpha(path->t_max()) == 0.0;
  const Grid grid = make_grid("uniform", *path, 8, {{"t_start", vanishing ? 0.98 : -1.0}});
  std::vector<std::int32_t> labels(64);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i) % std::max(classes, 1);
  SampleRequest request{.seed = 5, .first_sample = 3, .count = 64, .batch = batch, .shape = shape};
  if (classes > 0) request.condition = Tensor::from(labels, Shape{64});
  return sha256_hex(sample(denoiser, path, grid, *make_solver(walk.solver, walk.parameters), request).samples);
}

Case network_case(const Walk& walk, const std::string& label) {
  const std::string trained_on = walk.path == "flow" ? "flow" : "vp";
  const std::string prediction = walk.path == "flow" ? "velocity" : "eps";
  return {.name = "mlp/" + label,
          .components = {"model:mlp", "data:spiral", "path:" + trained_on, "grid:uniform", "solver:" + walk.solver,
                         "guidance:cfg"},
          .hash =
              [=](const Configuration& configuration) {
                const Denoiser plain = network(trained_on, prediction).denoiser(make_path(trained_on));
                return sampled(make_guidance("cfg", plain, {{"w", 2.0}}), walk, {2}, 3, configuration.batch);
              },
          .batched = true};
}

Case exact_case(const std::string& data, const GivenParameters& given, const std::string& solver) {
  return {.name = "exact/" + data + "/" + solver,
          .components = {"model:exact", "data:" + data, "path:vp", "grid:uniform", "solver:" + solver},
          .hash =
              [=](const Configuration& configuration) {
                const auto set = make_data(data, given);
                const Denoiser exact = make_model(*set, "exact")->denoiser(make_path("vp"));
                return sampled(exact, {solver, {}, "vp"}, set->sample_shape, set->classes, configuration.batch);
              },
          .batched = true};
}

// Noise from one Brownian path instead of counters.
Case brownian_case(const std::string& solver) {
  return {
      .name = "exact/spiral/" + solver + " brownian",
      .components = {"model:exact", "data:spiral", "path:vp", "grid:uniform", "solver:" + solver},
      .hash =
          [=](const Configuration& configuration) {
            const auto set = make_data("spiral");
            const PathPtr path = make_path("vp");
            const Grid grid = make_grid("uniform", *path, 8);
            const SampleRequest request{.seed = 5,
                                        .first_sample = 3,
                                        .count = 64,
                                        .batch = configuration.batch,
                                        .shape = set->sample_shape,
                                        .brownian = true};
            return sha256_hex(
                sample(make_model(*set, "exact")->denoiser(path), path, grid, *make_solver(solver), request).samples);
          },
      .batched = true};
}

std::string numbers_hash(std::vector<double> numbers) {
  const auto n = static_cast<std::int64_t>(numbers.size());
  return sha256_hex(Tensor::from(std::move(numbers), Shape{n}));
}

// Mean and variance of a solver's end on a Gaussian, without samples, on the grid that suits it best.
Case law_case(const std::string& solver) {
  return {.name = "exact/law/" + solver,
          .components = {"path:vp", "grid:optimal", "solver:" + solver},
          .hash = [=](const Configuration&) {
            const PathPtr path = make_path("vp");
            const Grid grid = make_grid("optimal", *path, 6, {{"solver", std::string("ddim")}});
            const DiagonalGaussian data{{0.5, -0.25, 0.0, 1.0}, {2.0, 0.7, 0.1, 1e-3}};
            const auto made = make_solver(solver);
            const SamplerLaw law =
                sampler_law(diagonal_denoiser(data, path), path, grid, *made, noise_law(*path, grid, 4));
            std::vector<double> numbers(grid.times());
            numbers.insert(numbers.end(), law.end.means.begin(), law.end.means.end());
            numbers.insert(numbers.end(), law.end.variances.begin(), law.end.variances.end());
            return numbers_hash(numbers);
          }};
}

Case likelihood_case(int probes) {
  return {.name = "exact/eight_gaussians/likelihood " + std::to_string(probes) + " probes",
          .components = {"model:exact", "data:eight_gaussians", "path:flow"},
          .hash = [=](const Configuration&) {
            const auto set = make_data("eight_gaussians");
            const Denoiser exact = make_model(*set, "exact")->denoiser(make_path("flow"));
            const Tensor x = initial_noise({7, 2}, DType::f64, 11);
            const LikelihoodOptions options{.steps = 16, .probes = probes, .seed = 3};
            return numbers_hash(log_likelihood(exact, x, Time(0.0), Time(0.95), {}, options).log_density);
          }};
}

Case path_case(const std::string& path) {
  return {.name = "exact/spiral/ddim on " + path,
          .components = {"model:exact", "data:spiral", "path:" + path, "grid:uniform", "solver:ddim"},
          .hash =
              [=](const Configuration& configuration) {
                const auto set = make_data("spiral");
                const Denoiser exact = make_model(*set, "exact")->denoiser(make_path(path));
                return sampled(exact, {"ddim", {}, path}, set->sample_shape, set->classes, configuration.batch);
              },
          .batched = true};
}

// A formula fitted to an array: 96 labelled examples in 20 dimensions, so that moments, eigenvectors, low-rank classes
// and the finite set's weights all enter the bits.
Case fitted_case(const std::string& formula) {
  return {.name = "exact/array " + formula + "/ddim",
          .components = {"model:exact", "data:array", "path:vp", "grid:uniform", "solver:ddim"},
          .hash =
              [=](const Configuration& configuration) {
                const TemporaryFolder folder;
                const std::string x = folder / "x.npy", labels = folder / "labels.npy";
                const Tensor noise = initial_noise({96, 4, 5, 1}, DType::f32, 11);
                std::vector<std::int32_t> classes_of(96);
                for (std::size_t i = 0; i < classes_of.size(); ++i) classes_of[i] = static_cast<std::int32_t>(i % 3);
                save_npy(x, noise);
                save_npy(labels, Tensor::from(classes_of, Shape{96}));
                // A cache of its own: a fit kept from another configuration would hide what this one computes.
                const Environment cache("ITO_CACHE", (folder / "cache").string());
                const auto set = make_data("array", {{"file", x}, {"labels", labels}});
                const auto model = make_model(*set, "exact", {{"formula", formula}});
                const int classes = formula == "gaussian" ? 0 : set->classes;
                return sampled(model->denoiser(make_path("vp")), {"ddim", {}, "vp"}, set->sample_shape, classes,
                               configuration.batch);
              },
          .batched = true};
}

// Labelled pictures of noise, 40 of 12 x 12: what the image networks train on here.
std::shared_ptr<const Dataset> pictures() {
  const TemporaryFolder folder;
  const std::string x = folder / "x.npy", labels = folder / "labels.npy";
  save_npy(x, initial_noise({40, 12, 12, 1}, DType::f32, 17));
  std::vector<std::int32_t> classes_of(40);
  for (std::size_t i = 0; i < classes_of.size(); ++i) classes_of[i] = static_cast<std::int32_t>(i % 3);
  save_npy(labels, Tensor::from(classes_of, Shape{40}));
  return make_data("array", {{"file", x}, {"labels", labels}});
}

GivenParameters image_network(const std::string& kind) {
  if (kind == "classifier") return {{"channels", std::vector<double>{8, 20}}, {"dropout", 0.2}};
  GivenParameters given = {{"patch", std::int64_t{2}},
                           {"heads", std::int64_t{2}},
                           {"dropout", 0.2},
                           {"embedding", std::int64_t{24}},
                           {"time_features", std::int64_t{10}}};
  if (kind == "unet") given["channels"] = std::vector<double>{20, 36};
  if (kind == "dit") given["channels"] = std::int64_t{24}, given["blocks"] = std::int64_t{2};
  return given;
}

// Ten steps with everything on: dropout, label dropout, clipping, warm-up, decay, a moving average, and a batch whose
// last shard is short.
std::unique_ptr<Model> trained_images(const std::string& kind) {
  const auto data = pictures();
  std::unique_ptr<Model> model = make_model(*data, kind, image_network(kind));
  TrainingOptions options;
  options.steps = 10;
  options.batch = 21;
  options.warmup = 3;
  options.clip_norm = 0.5;
  options.ema = 0.9;
  options.times = {.law = TimeLaw::log_normal, .stratified = true};
  options.loss_weight.rule = LossWeight::edm;
  train(*model, *data, options, {});
  return model;
}

// Sampled under guidance: as one doubled batch, or (in batches of 7) as two calls.
Case image_case(const std::string& kind, const std::string& solver) {
  return {.name = kind + "/" + solver + " guided",
          .components = {"model:" + kind, "data:array", "path:vp", "grid:uniform", "solver:" + solver, "guidance:cfg"},
          .hash =
              [=](const Configuration& configuration) {
                static std::map<std::string, std::unique_ptr<Model>> models;
                std::unique_ptr<Model>& model = models[kind];
                if (!model) model = trained_images(kind);
                const Denoiser guided = make_guidance("cfg", model->denoiser(make_path("vp")),
                                                      {{"w", 2.0}, {"batched", configuration.batch != 7}});
                return sampled(guided, {solver, {}, "vp"}, {12, 12, 1}, 3, configuration.batch);
              },
          .batched = true};
}

// The elementwise functions and their gradients where rounding and signs are delicate, and on draws of several sizes.
// They take part in few of the walks, yet a compiler may fold one of them its own way.
template <class T>
void hash_elementwise(Sha256& hash) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x;
  for (const T value : {T(0), T(0.5), T(1), Limits::min(), Limits::denorm_min(), Limits::max(), Limits::infinity()})
    x.insert(x.end(), {value, -value});
  x.push_back(Limits::quiet_NaN());
  const Tensor draws = initial_noise({1, 1024}, DType::f64, 13);
  for (const double z : draws.span<double>())
    for (const double size : {1e-30, 1e-3, 1.0, 20.0}) x.push_back(static_cast<T>(size * z));
  std::vector<T> dy(x.rbegin(), x.rend()), y(x.size()), dx(x.size());
  const auto n = static_cast<std::int64_t>(x.size());
  const auto take = [&](const std::vector<T>& values) {
    // Any NaN equals any NaN.
    for (const T value : values) hash.number(std::isnan(value) ? Limits::quiet_NaN() : value);
  };
  Context& context = default_context();
  for (int f = 0; f < kernels::kUnaryCount; ++f) {
    const auto function = static_cast<kernels::Unary>(f);
    kernels::unary(context, function, n, x.data(), y.data());
    const std::vector<T>& saved = kernels::gradient_reads_output(function) ? y : x;
    kernels::unary_gradient(context, function, n, saved.data(), dy.data(), dx.data());
    take(y);
    take(dx);
  }
  kernels::clamp(context, n, 0, 1, x.data(), y.data());
  kernels::clamp_gradient(context, n, 0, 1, x.data(), dy.data(), dx.data());
  take(y);
  take(dx);
}

}  // namespace

void PrintTo(const Case& given, std::ostream* out) { *out << given.name; }

std::string components_text(const Case& given) {
  std::string text = revision_of("core");
  for (const std::string& component : given.components) text += " " + revision_of(component);
  return text;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const std::string path : {"vp", "flow"}) {
    const std::string prediction = path == "flow" ? "velocity" : "eps";
    cases.push_back(
        {.name = "training/" + path,
         .components = {"model:mlp", "data:spiral", "path:" + path},
         .hash = [path, prediction](const Configuration&) { return weights_hash(*trained(path, prediction)); }});
  }
  for (const Entry* entry : entries_of("solver"))
    cases.push_back(network_case(
        {entry->name,
         // of a restart, levels that this grid crosses
         entry->name == "restart" ? GivenParameters{{"restart_min", 0.5}, {"restart_max", 2.0}} : GivenParameters{},
         entry->name.starts_with("flow_") ? "flow" : "vp"},
        entry->name));
  cases.push_back(network_case({"ddim", {{"eta", 0.5}}, "vp"}, "ddim eta 0.5"));
  cases.push_back(network_case({"ddpm", {{"variance", std::string("fixed_large")}}, "vp"}, "ddpm fixed_large"));
  for (const char* solver : {"ddpm", "dpm_solver_pp_sde", "seeds"}) cases.push_back(brownian_case(solver));
  for (const char* solver : {"ddpm", "dpm_solver_pp_2m", "seeds"}) cases.push_back(law_case(solver));
  for (const int probes : {0, 4}) cases.push_back(likelihood_case(probes));
  cases.push_back(exact_case("spiral", {}, "ddim"));
  cases.push_back(exact_case("gaussian", {{"dim", std::int64_t{16}}}, "heun"));
  cases.push_back(exact_case("eight_gaussians", {}, "dpm_solver_pp_2m"));
  for (const std::string formula : {"gaussian", "mixture", "finite"}) cases.push_back(fitted_case(formula));
  for (const std::string kind : {"unet", "dit", "classifier"})
    cases.push_back({.name = "training/" + kind,
                     .components = {"model:" + kind, "data:array", "path:vp"},
                     .hash = [kind](const Configuration&) { return weights_hash(*trained_images(kind)); }});
  cases.push_back(image_case("unet", "ddpm"));
  cases.push_back(image_case("dit", "dpm_solver_pp_2m"));
  for (const Entry* entry : entries_of("path")) cases.push_back(path_case(entry->name));
  cases.push_back({.name = "kernels/elementwise", .components = {}, .hash = [](const Configuration&) {
                     Sha256 hash;
                     hash_elementwise<float>(hash);
                     hash_elementwise<double>(hash);
                     return hash.hex();
                   }});
  for (const std::string metric : {"w2", "sliced_w2", "mmd", "moments"})
    cases.push_back(
        {.name = "metric/" + metric,
         .components = {"data:spiral", "metric:" + metric},
         .hash = [metric](const Configuration&) {
           const auto data = make_data("spiral");
           const Examples a = data->draw(1, 0, 150, -1), b = data->draw(2, 0, 150, -1), c = data->draw(3, 0, 150, -1);
           Sha256 hash;
           MetricInput input{.seed = 9,
                             .data = *data,
                             .samples = a.x,
                             .condition = a.labels,
                             .reference = b,
                             .second = c,
                             .path = nullptr};
           for (const MetricValue& value : maker<Metric>(metric)(Parameters(find_entry("metric", metric), {}))(input)) {
             hash.text(value.name).number(value.value);
             if (value.floor) hash.number(*value.floor);
           }
           return hash.hex();
         }});
  return cases;
}

}  // namespace ito::bits
