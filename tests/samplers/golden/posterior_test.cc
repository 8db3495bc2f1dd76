// Solvers of the reverse process's posterior: DDPM, DDIM and what samples from their formulas, against diffusers.
#include "samplers/process/inversion.h"
#include "tests/samplers/golden/golden.h"

namespace ito {
namespace {

using namespace testing_support;

constexpr const char* kFile = "diffusers/posterior.npz";
constexpr Prediction kX0 = Prediction::sample, kV = Prediction::v;
const GivenParameters kLarge = {{"variance", std::string("fixed_large")}};

TEST(GoldenPosterior, Ddpm) {
  expect_all(
      kFile,
      {{.name = "ddpm_fixed_small", .solver = "ddpm", .path = "ddpm_linear", .grid = "leading"},
       {.name = "ddpm_fixed_large", .solver = "ddpm", .given = kLarge, .path = "ddpm_linear", .grid = "leading"},
       {.name = "ddpm_linspace_v", .solver = "ddpm", .path = "scaled_linear", .prediction = kV, .grid = "linspace"},
       // diffusers' cosine path is discretised; ours passes through the same levels at other times.
       {.name = "ddpm_trailing_x0", .solver = "ddpm", .path = "cosine_discrete", .prediction = kX0, .grid = "trailing"},
       // From alpha = 0.
       {.name = "ddpm_zero_snr",
        .solver = "ddpm",
        .path = "zero_terminal_snr",
        .path_given = {{"of", std::string("scaled_linear")}},
        .prediction = kV,
        .grid = "trailing"},
       // The last step differs: errata_test.cc.
       {.name = "ddpm_fixed_large_trailing",
        .solver = "ddpm",
        .given = kLarge,
        .path = "ddpm_linear",
        .grid = "trailing",
        .steps = 9}});
}

TEST(GoldenPosterior, Ddim) {
  expect_all(
      kFile,
      {{.name = "ddim_eta_0", .solver = "ddim", .path = "ddpm_linear", .grid = "leading"},
       {.name = "ddim_eta_1", .solver = "ddim", .given = {{"eta", 1.0}}, .path = "ddpm_linear", .grid = "leading"},
       {.name = "ddim_eta_half",
        .solver = "ddim",
        .given = {{"eta", 0.5}},
        .path = "scaled_linear",
        .prediction = kV,
        .grid = "trailing"},
       {.name = "ddim_trailing", .solver = "ddim", .path = "ddpm_linear", .grid = "trailing"},
       {.name = "ddim_offset_first",
        .solver = "ddim",
        .path = "scaled_linear",
        .grid = "leading",
        .grid_given = {{"offset", std::int64_t{1}}, {"final", std::string("first")}}},
       {.name = "ddim_cosine_x0", .solver = "ddim", .path = "cosine_discrete", .prediction = kX0, .grid = "leading"},
       {.name = "ddim_zero_snr",
        .solver = "ddim",
        .path = "zero_terminal_snr",
        .path_given = {{"of", std::string("scaled_linear")}},
        .prediction = kV,
        .grid = "trailing"}});
}

// Its last step has no length where the last index is 0 and it ends there (errata_test.cc), as in the first case. Its
// multistep formula combines what the network says, eps or v, while ours combines eps: cases of v do not apply.
TEST(GoldenPosterior, Pndm) {
  expect_all(kFile, {{.name = "pndm",
                      .solver = "pndm",
                      .path = "scaled_linear",
                      .ends = {0, 4, 8, 12, 13, 14, 15, 16, 17, 18},
                      .steps = 9},
                     {.name = "pndm_skip_prk",
                      .solver = "pndm",
                      .given = {{"skip_prk", true}},
                      .path = "scaled_linear",
                      .grid = "leading",
                      .grid_given = {{"offset", std::int64_t{1}}, {"final", std::string("first")}},
                      .ends = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}});
}

TEST(GoldenPosterior, Ipndm) {
  expect_all(kFile, {{.name = "ipndm_betas", .solver = "ipndm", .path = "cosine", .prediction = kV, .steps = 9}});
}

// DDIM taken towards the noise, by ddim_inversion: the network is told the time that a step ends on
// (InversionTime::next) about the state where it starts, as diffusers' DDIMInverse does it.
TEST(GoldenPosterior, DdimInverse) {
  const NamedTensors& arrays = golden_file(kFile);
  for (const auto& [name, path_name, kind] : {std::tuple{"ddim_inverse", "ddpm_linear", Prediction::eps},
                                              std::tuple{"ddim_inverse_trailing_v", "scaled_linear", kV}}) {
    const PathPtr path = make_path(path_name);
    const Tensor& states = arrays.at(std::string(name) + ".states");
    const auto levels = arrays.at(std::string(name) + ".levels").span<double>();
    const auto time_of = [&](double level) {
      return level == 0.0 ? path->clean_end() : path->time(Lambda(-math::log(level)));
    };
    const Denoiser model = two_points(path, kind);
    std::vector<Tensor> ours = {Tensor::from(row(states, 0), {1, states.dim(1)})};
    std::vector<std::size_t> ends = {0};
    for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
      const Grid step(*path, {time_of(levels[k + 1]).value, time_of(levels[k]).value}, "grid 'one step'");
      ours.push_back(ddim_inversion(model, path, step, ours.back(), {}, InversionTime::next));
      ends.push_back(k + 1);
    }
    ours.erase(ours.begin());
    expect_states(name, ours, states, ends, 1e-9);
    expect_states(name, ours, arrays.at(std::string(name) + ".shipped"), ends, 1e-5);
  }
}

}  // namespace
}  // namespace ito
