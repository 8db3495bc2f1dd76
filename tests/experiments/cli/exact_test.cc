// `ito exact`: the laws of a recipe's samplers, against the closed form of one step and against the product's own
// draws.
#include <cmath>
#include <nlohmann/json.hpp>

#include "experiments/data/class_moments.h"
#include "experiments/laws/data_gaussian.h"
#include "tests/experiments/cli/ito_process.h"

namespace ito {
namespace {

using Json = nlohmann::json;

const char kGaussian[] = R"(title = "One Gaussian"
data.name = "gaussian"
data.dim = 3
data.condition = 4.0
data.mean = 0.5
grid.name = "lambda"
grid.t_end = 0.01
[[sweep]]
title = "first"
seed = [1, 2]
sampler.name = ["ddim", "ddpm"]
grid.steps = [1, 8]
[[sweep]]
title = "second"
sampler.name = "ddim"
grid.steps = 4
guidance.name = ["none", "cfg"]
)";

class ExactCommand : public testing::Test {
 protected:
  void SetUp() override { write_file_atomically(folder_ / "laws.toml", std::string_view(kGaussian)); }
  int ito(const std::vector<std::string>& arguments) {
    ItoProcess process(folder_.path(), arguments);
    const int code = process.wait();
    out_ = process.out(), err_ = process.err();
    return code;
  }
  TemporaryFolder folder_;
  std::string out_, err_;
};

TEST_F(ExactCommand, PrintsTheLawOfEachCellOnce) {
  ASSERT_EQ(ito({"exact", "laws.toml", "--json", "-o", "laws.csv"}), 0) << err_;
  const Json json = Json::parse(out_);
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["recipe"], "laws");
  ASSERT_EQ(json["laws"].size(), 6u);  // seeds change no law
  // One step from t = 1 to the clean end: x_0-hat(x_T), of which every direction is known. Its mean m (1 - alpha gain)
  // is off by alpha^2 |m|, 4e-5, which adds its square.
  const double alpha = std::exp(-0.25 * 19.9 - 0.05), sigma = std::sqrt(1 - alpha * alpha);
  double squared = 0, deviations[3], total = 0;
  for (int j = 0; j < 3; ++j) total += deviations[j] = std::pow(4.0, -j / 2.0);
  for (int j = 0; j < 3; ++j) {
    const double s = deviations[j] * 3 / total, variance = alpha * alpha * s + sigma * sigma;
    squared += std::pow(alpha * s / variance * sigma - std::sqrt(s), 2);
  }
  const Json& first = json["laws"][0];
  EXPECT_EQ(first["axes"]["grid.steps"], 1);
  EXPECT_EQ(first["axes"].size(), 2u);
  EXPECT_EQ(first["nfe"], 1);
  EXPECT_EQ(first["dimension"], 3);
  EXPECT_NEAR(first["w2"].get<double>(), std::sqrt(squared), 1e-6);
  EXPECT_EQ(first["w2"], first["w2_end"]);
  EXPECT_GT(first["kl"].get<double>(), 0.0);
  // cfg is refused by its cell alone.
  EXPECT_FALSE(json["laws"][4].contains("reason"));
  EXPECT_EQ(json["laws"][5]["section"], 2);
  EXPECT_NE(json["laws"][5]["reason"].get<std::string>().find("guidance 'cfg'"), std::string::npos);

  const std::string csv = read_text_file(folder_ / "laws.csv");
  EXPECT_EQ(csv.find("section,grid.steps,guidance.name,sampler.name,direction,data mean,data variance,"), 0u) << csv;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 5 * 3);
}

TEST_F(ExactCommand, PrintsATableAndTheReasons) {
  ASSERT_EQ(ito({"exact", "laws.toml", "--set", "grid.steps=5"}), 0) << err_;
  EXPECT_NE(out_.find("W2 to data"), std::string::npos) << out_;
  EXPECT_NE(out_.find("no law for 1 cell (guidance.name = cfg): guidance 'cfg'"), std::string::npos) << out_;
  EXPECT_EQ(ito({"exact", "laws.toml", "-o", "laws.txt"}), 2);
  EXPECT_EQ(err_, "ito: --out laws.txt: expected a name that ends in .csv\n");
  EXPECT_EQ(ito({"exact", "laws.toml", "--set", "grid.t_end=2.0"}), 2);
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
}

// Known in closed form for mixtures, from many draws elsewhere: both are what draws of another seed say.
TEST(DataGaussian, HasTheMomentsOfTheData) {
  using namespace experiments;
  for (const char* name : {"spiral", "eight_gaussians", "moons", "gaussian"}) {
    const auto data = maker<Dataset>(name)(Parameters(find_entry("data", name), {}));
    const std::shared_ptr<const Gaussian> gaussian = data_gaussian(*data);
    Examples draws = data->draw(9, 0, 40'000, -1);
    draws.labels = {};
    const Moments moments = class_moments(draws, 0).front();
    const std::vector<double> covariance = gaussian->covariance();
    for (std::size_t i = 0; i < moments.mean.size(); ++i)
      EXPECT_NEAR(gaussian->mean()[i], moments.mean[i], 5 * std::sqrt(2.0 / 40'000)) << name;
    for (std::size_t i = 0; i < covariance.size(); ++i)
      EXPECT_NEAR(covariance[i], moments.covariance[i], 5 * std::sqrt(8.0 / 40'000)) << name;
  }
}

}  // namespace
}  // namespace ito
