// What a metric costs is measured on the metric as a run meets it first: with nothing remembered.
#include "experiments/run/measure_work.h"

#include "tests/support/temporary_folder.h"

namespace ito::experiments {
namespace {

// exact_error looks at the first 256 samples, which are the same ones at every count: its second question has the
// first one's answer.
TEST(MeasureWork, AMetricIsMeasuredWithoutWhatItRemembers) {
  const TemporaryFolder folder;
  const Plan plan(
      resolve(parse_recipe("data.name = \"eight_gaussians\"\nmetrics.names = [\"exact_error\"]\nmetrics.tolerance = 1e-2\n"
                           "metrics.count = 5000\ngrid.steps = 2\ngrid.t_end = 0.001\n",
                           "r.toml"),
              {}));
  Objects objects(folder.path(), MissingWeights::leave_untrained);
  plan.for_each([&](const PlannedCell& cell) {
    const CellTools tools = make_tools(plan, cell, objects);
    const ExactAnswers exact = exact_answers(cell, objects, tools);
    for (int time = 0; time < 2; ++time) {
      const MetricCost cost = measure_metric("exact_error", plan, cell, objects, tools, exact);
      EXPECT_TRUE(cost.evaluates) << time;
      EXPECT_GT(cost.first.idle, 2 * cost.again.idle) << time;
    }
    // Nor does what a run has computed enter.
    compute_cell(plan, cell, objects, "key");
    EXPECT_TRUE(measure_metric("exact_error", plan, cell, objects, tools, exact).evaluates);
  });
}

}  // namespace
}  // namespace ito::experiments
