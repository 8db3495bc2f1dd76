// ito orders: its table, JSON, plots and refusals.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/experiments/cli/ito_process.h"

namespace ito {
namespace {

using Json = nlohmann::json;

struct Finished {
  int code;
  std::string out, err;
};

class OrdersCommand : public testing::Test {
 protected:
  Finished ito(const std::vector<std::string>& arguments) {
    ItoProcess process(folder_.path(), arguments);
    const int code = process.wait();
    return {code, process.out(), process.err()};
  }
  void expect_refused(const std::vector<std::string>& arguments, const std::string& line) {
    const Finished finished = ito(arguments);
    EXPECT_EQ(finished.code, 2);
    EXPECT_EQ(finished.err, "ito: " + line + "\n");
    EXPECT_EQ(finished.out, "");
  }
  TemporaryFolder folder_;
};

TEST_F(OrdersCommand, PrintsClaimsAndWhatIsMeasured) {
  const Finished finished = ito({"orders", "heun", "edm_heun", "--path", "vp,flow"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  for (const char* words : {"claimed", "two_lumps", "three_lumps", "gaussian", "own start", "clean end", "to 1e-6",
                            "12 of 12 orders on problems that are not linear in x are within 0.15 of what is claimed"})
    EXPECT_NE(finished.out.find(words), std::string::npos) << words << "\n" << finished.out;
}

TEST_F(OrdersCommand, JsonHoldsWhatIsDocumented) {
  const Finished finished = ito({"orders", "dpm_solver_pp_2m", "--path=edm", "--problem=two_lumps", "--json"});
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Json list = Json::parse(finished.out);
  ASSERT_EQ(list.size(), 2u);  // one for each claim
  const Json& row = list[0];
  const std::string documented = ito({"explain", "json"}).out;
  for (const auto& [key, value] : row.items())
    EXPECT_NE(documented.find(key), std::string::npos) << key << " is not in ito explain json";
  EXPECT_EQ(row["solver"], "dpm_solver_pp_2m");
  EXPECT_EQ(row["parameters"], Json({{"lower_order_final", false}}));
  EXPECT_EQ(row["path"], "edm");
  EXPECT_EQ(row["problem"], "two_lumps");
  EXPECT_EQ(row["claimed"], 2.0);
  EXPECT_NEAR(row["measured"].get<double>(), 2, 0.15);
  EXPECT_NEAR(row["default_start_measured"].get<double>(), 2, 0.15);
  EXPECT_GT(row["evaluations_to_1e-6"].get<int>(), 100);
  EXPECT_EQ(row["errors"].size(), 6u);
  const Json none = Json::parse(ito({"orders", "ddim", "--path=vp", "--problem=gaussian", "--json"}).out);
  EXPECT_TRUE(none[0]["evaluations_to_1e-6"].is_null());
  // Claims of ddim that differ in nu alone are told apart by it; along the ODE there is none.
  std::set<double> of_noise;
  for (const Json& each : none) {
    EXPECT_EQ(each["nu"].is_null(), each["kind"] == "ode");
    if (each["kind"] == "weak") of_noise.insert(each["nu"].get<double>());
  }
  EXPECT_EQ(of_noise, (std::set<double>{0.5, 1.0}));
}

TEST_F(OrdersCommand, DrawsAPlot) {
  for (const auto& [name, begin] : {std::pair<std::string, std::string>{"orders.svg", "<?xml"},
                                    std::pair<std::string, std::string>{"orders.png", "\x89PNG"}}) {
    const Finished finished = ito({"orders", "ddim", "--path=vp", "--problem=gaussian", "--plot", name});
    if (finished.err.find("gnuplot is not installed") != std::string::npos) GTEST_SKIP();
    ASSERT_EQ(finished.code, 0) << finished.err;
    const std::vector<std::byte> read = read_file(folder_ / name);
    const std::string bytes(reinterpret_cast<const char*>(read.data()), read.size());
    EXPECT_EQ(bytes.substr(0, begin.size()), begin);
    EXPECT_GT(bytes.size(), 2000u);
  }
}

TEST_F(OrdersCommand, Refusals) {
  expect_refused({"orders"}, "orders: expected the names of solvers, or --all (ito list solvers)");
  expect_refused({"orders", "ddim", "--all"}, "orders: --all measures every solver; expected no names beside it");
  expect_refused({"orders", "dimm"}, "no solver is called 'dimm'; nearest: ddim");
  expect_refused({"orders", "ddim", "--path=vpp"}, "no path is called 'vpp'; nearest: vp");
  expect_refused({"orders", "ddim", "--plot=a.pdf"}, "--plot a.pdf: expected a name that ends in .svg or .png");
  expect_refused({"orders", "ddim", "--plot=no/a.svg"}, "--plot no/a.svg: there is no folder no");
}

}  // namespace
}  // namespace ito
