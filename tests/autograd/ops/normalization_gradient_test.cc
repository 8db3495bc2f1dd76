// Gradients of the norms: every way of leaving out an operand, modulation and SiLU, over rows, groups and views.
#include "tests/autograd/ops/gradient_cases.h"

namespace ito {
namespace {

using test::Case;
using test::Inputs;

TEST(Gradcheck, Norms) {
  std::vector<Case> cases;
  for (const Activation activation : {Activation::none, Activation::silu}) {
    cases.push_back({"layer_norm, all",
                     [=](Inputs x) {
                       return layer_norm(x[0], x[1], x[2], 1e-5, {x[3], x[4]}, activation);
                     },
                     {{2, 3, 5}, {5}, {5}, {2, 5}, {2, 5}}});
    cases.push_back(
        {"layer_norm, bare", [=](Inputs x) { return layer_norm(x[0], {}, {}, 1e-2, {}, activation); }, {{2, 1, 2, 4}}});
    cases.push_back({"layer_norm, scale alone",
                     [=](Inputs x) {
                       return layer_norm(x[0], {}, x[1], 1e-5, {x[2], {}}, activation);
                     },
                     {{3, 17}, {17}, {3, 17}}});
    cases.push_back({"layer_norm of views",
                     [=](Inputs x) {
                       return layer_norm(x[0].slice_last(1, 5), x[1], {}, 1e-5,
                                         {x[2].slice_last(0, 4), x[2].slice_last(4, 8)}, activation);
                     },
                     {{2, 3, 6}, {4}, {2, 8}}});
    cases.push_back({"rms_norm, all",
                     [=](Inputs x) {
                       return rms_norm(x[0], x[1], 1e-5, {x[2], x[3]}, activation);
                     },
                     {{2, 3, 5}, {5}, {2, 5}, {2, 5}}});
    cases.push_back(
        {"rms_norm, bare", [=](Inputs x) { return rms_norm(x[0], {}, 1e-5, {}, activation); }, {{3, 2, 4}}});
    for (const std::int64_t groups : {1, 2, 3, 6}) {
      cases.push_back({"group_norm, all",
                       [=](Inputs x) {
                         return group_norm(x[0], groups, x[1], x[2], 1e-5, {x[3], x[4]}, activation);
                       },
                       {{2, 2, 3, 6}, {6}, {6}, {2, 6}, {2, 6}}});
      cases.push_back({"group_norm, bare",
                       [=](Inputs x) { return group_norm(x[0], groups, {}, {}, 1e-2, {}, activation); },
                       {{2, 4, 6}}});
    }
    cases.push_back({"group_norm of a view, shift alone",
                     [=](Inputs x) {
                       return group_norm(x[0].slice_last(1, 5), 2, x[1], {}, 1e-5, {{}, x[2]}, activation);
                     },
                     {{2, 3, 3, 6}, {4}, {2, 4}}});
    cases.push_back(
        {"norms of norms",
         [=](Inputs x) { return layer_norm(group_norm(x[0], 2, x[1], {}, 1e-5, {}, activation), x[1], x[1]); },
         {{2, 3, 4}, {4}}});
  }
  cases.push_back({"no positions", [](Inputs x) { return group_norm(x[0], 2, x[1], x[1]); }, {{2, 0, 4}, {4}}});
  cases.push_back({"no samples", [](Inputs x) { return layer_norm(x[0], x[1], x[1]); }, {{0, 3, 4}, {4}}});
  test::check(cases);
}

}  // namespace
}  // namespace ito
