// The data's own formula as a model: nothing to train, and an error that is the sampler's alone.
#include <fmt/format.h>

#include <algorithm>

#include "experiments/models/model.h"

namespace ito::experiments {
namespace {

constexpr int kNumerics = 1;

const ExactModel& choose(const Dataset& data, const std::string& formula) {
  if (data.exact.empty())
    throw InputError(fmt::format("model.kind = \"exact\": the data set '{}' has no exact formula", data.name));
  if (formula == "auto") return data.exact.front();
  std::vector<std::string> names;
  for (const ExactModel& model : data.exact) names.push_back(model.name);
  const auto it = std::find(names.begin(), names.end(), formula);
  if (it == names.end())
    throw InputError(fmt::format("model.formula = \"{}\": the data set '{}' has {}; nearest: {}", formula, data.name,
                                 fmt::join(names, ", "), nearest_name(formula, names)));
  return data.exact[static_cast<std::size_t>(it - names.begin())];
}

class Exact : public Model {
 public:
  Exact(ExactModel formula, std::int64_t examples, std::string data_hash)
      : formula_(std::move(formula)), examples_(examples), data_hash_(std::move(data_hash)) {}

  Denoiser denoiser(PathPtr path) const override { return formula_.denoiser({std::move(path), examples_}); }
  std::string signature() const override {
    return fmt::format("exact {} formula={} examples={} data={}", kNumerics, formula_.name, examples_, data_hash_);
  }

 private:
  ExactModel formula_;
  std::int64_t examples_;
  std::string data_hash_;
};

const Register<Model> exact{
    {.name = "exact",
     .paper = "MATHS.md, section 7",
     .summary = "the data's own formula: the error that is left is the sampler's",
     .formula = "x_0-hat(x, t) = E[x_0 | x_t = x]",
     .parameters = {{.name = "formula",
                     .default_value = std::string("auto"),
                     .meaning = "which of the data's formulas; auto: the first it has",
                     .choices = {"auto", "gaussian", "mixture", "finite"}},
                    {.name = "examples",
                     .default_value = std::int64_t{0},
                     .meaning = "finite: the first so many training examples; 0: all",
                     .min = 0}},
     .numerics = kNumerics},
    [](const Dataset& data, std::uint64_t, const Parameters& p) -> std::unique_ptr<Model> {
      const ExactModel& formula = choose(data, p.text("formula"));
      const std::int64_t examples = p.integer("examples");
      if (examples > 0 && formula.name != "finite")
        throw InputError(fmt::format("model.examples: only the formula \"finite\" takes it, not \"{}\"", formula.name));
      return std::make_unique<Exact>(formula, examples, data.hash);
    }};

}  // namespace
}  // namespace ito::experiments
