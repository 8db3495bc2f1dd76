#include "experiments/metrics/transport.h"

#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "kernels/core/error.h"
#include "kernels/core/parallel.h"
#include "kernels/random/random.h"
#include "samplers/exact/distances.h"
#include "samplers/exact/products.h"

namespace ito::experiments {

namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

// n^2 costs, and as many arcs of the simplex, must fit into memory.
constexpr std::int64_t kMostPoints = 20000;

std::int64_t row_count(std::span<const double> x, std::int64_t d) { return static_cast<std::int64_t>(x.size()) / d; }

// The least sum of squared distances over permutations.
double transport_cost(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d) {
  const std::int64_t n = row_count(x, d);
  if (n > kMostPoints)
    throw InputError("exact W2 of " + std::to_string(n) + " points; expected at most " + std::to_string(kMostPoints) +
                     " (the parameter compared takes the first ones; sliced_w2 takes any number)");
  const std::vector<double> cost = squared_distances(context, x, y, d);
  const std::vector<std::int64_t> matched = assignment(cost, n);
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += cost[index(i * n + matched[index(i)])];
  return sum;
}

}  // namespace

std::vector<double> squared_distances(Context& context, std::span<const double> x, std::span<const double> y,
                                      std::int64_t d) {
  const std::int64_t n = row_count(x, d), m = row_count(y, d);
  std::vector<double> distances(index(n * m));
  parallel_for(context, n, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t j = 0; j < m; ++j)
        distances[index(i * m + j)] = squared_distance(x.data() + i * d, y.data() + j * d, d);
  });
  return distances;
}

std::vector<std::int64_t> assignment(std::span<const double> cost, std::int64_t n) {
  require(static_cast<std::int64_t>(cost.size()) == n * n, "assignment: expected a square matrix of costs");
  if (n == 0) return {};
  const double largest = *std::max_element(cost.begin(), cost.end());
  require(std::isfinite(largest), "assignment: a cost is not finite");
  const double unit = largest > 0 ? largest * 0x1p-44 : 1.0;
  // Nodes 0 .. n - 1 supply one unit each, n .. 2n - 1 take one; arc i * n + j joins i to n + j.
  std::vector<std::pair<int, int>> arcs;
  arcs.reserve(cost.size());
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) arcs.emplace_back(i, static_cast<int>(n) + j);
  lemon::StaticDigraph graph;
  graph.build(static_cast<int>(2 * n), arcs.begin(), arcs.end());
  lemon::StaticDigraph::ArcMap<std::int64_t> costs(graph);
  lemon::StaticDigraph::NodeMap<std::int64_t> supply(graph);
  for (int arc = 0; arc < graph.arcNum(); ++arc)
    costs[graph.arc(arc)] = static_cast<std::int64_t>(std::rint(cost[index(arc)] / unit));
  for (int i = 0; i < n; ++i) {
    supply[graph.node(i)] = 1;
    supply[graph.node(static_cast<int>(n) + i)] = -1;
  }
  lemon::NetworkSimplex<lemon::StaticDigraph, std::int64_t, std::int64_t> simplex(graph);
  const auto status = simplex.costMap(costs).supplyMap(supply).run();
  require(status == decltype(simplex)::OPTIMAL, "assignment: the network simplex found no optimum");
  std::vector<std::int64_t> matched(index(n), -1);
  for (int arc = 0; arc < graph.arcNum(); ++arc)
    if (simplex.flow(graph.arc(arc)) != 0) matched[index(arc / n)] = arc % n;
  return matched;
}

double w2(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d) {
  require(!x.empty() && x.size() == y.size(), "w2: expected two sets of equally many points, at least one");
  return std::sqrt(transport_cost(context, x, y, d) / static_cast<double>(row_count(x, d)));
}

double w2_by_label(Context& context, std::span<const double> x, std::span<const std::int32_t> x_labels,
                   std::span<const double> y, std::span<const std::int32_t> y_labels, std::int64_t d) {
  require(!x.empty() && x.size() == y.size(), "w2: expected two sets of equally many points, at least one");
  const auto by_label = [d](std::span<const double> rows, std::span<const std::int32_t> labels) {
    std::map<std::int32_t, std::vector<double>> parts;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      std::vector<double>& part = parts[labels[i]];
      part.insert(part.end(), rows.begin() + static_cast<std::int64_t>(i) * d,
                  rows.begin() + static_cast<std::int64_t>(i + 1) * d);
    }
    return parts;
  };
  const auto x_parts = by_label(x, x_labels), y_parts = by_label(y, y_labels);
  double sum = 0;
  for (const auto& [label, part] : x_parts) {
    const auto other = y_parts.find(label);
    require(other != y_parts.end() && other->second.size() == part.size(),
            "w2 by label: a label occurs more often in one set than in the other");
    sum += transport_cost(context, part, other->second, d);
  }
  return std::sqrt(sum / static_cast<double>(row_count(x, d)));
}

double sliced_w2(Context& context, std::span<const double> x, std::span<const double> y, std::int64_t d,
                 std::int64_t projections, std::uint64_t seed) {
  require(!x.empty() && x.size() == y.size(), "sliced_w2: expected two sets of equally many points, at least one");
  require(projections >= 1, "sliced_w2: at least one projection is needed");
  const std::int64_t n = row_count(x, d);
  std::vector<double> directions(index(projections * d));
  kernels::normal(context, RandomKey(seed, 0, Stream::metric), 0, projections, d, directions.data());
  for (std::int64_t r = 0; r < projections; ++r) {
    double square = 0;
    for (std::int64_t j = 0; j < d; ++j)
      square = std::fma(directions[index(r * d + j)], directions[index(r * d + j)], square);
    for (std::int64_t j = 0; j < d; ++j) directions[index(r * d + j)] /= std::sqrt(square);
  }
  // [projections, n]: a row is one projected set.
  std::vector<double> px = multiply_transposed(directions, x, projections, n, d);
  std::vector<double> py = multiply_transposed(directions, y, projections, n, d);
  std::vector<double> costs(index(projections));
  parallel_for(context, projections, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      std::sort(px.begin() + r * n, px.begin() + (r + 1) * n);
      std::sort(py.begin() + r * n, py.begin() + (r + 1) * n);
      costs[index(r)] = squared_distance(px.data() + r * n, py.data() + r * n, n) / static_cast<double>(n);
    }
  });
  double sum = 0;
  for (const double cost : costs) sum += cost;
  return std::sqrt(sum / static_cast<double>(projections));
}

}  // namespace ito::experiments
