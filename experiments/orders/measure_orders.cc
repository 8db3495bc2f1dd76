#include "experiments/orders/measure_orders.h"

#include <atomic>
#include <optional>
#include <thread>

#include "experiments/orders/first_failure.h"
#include "experiments/orders/stochastic_order.h"
#include "experiments/orders/stretch.h"
#include "kernels/core/context.h"
#include "samplers/factories.h"

namespace ito::experiments {
namespace {

struct Job {
  std::string solver;
  const OrderClaim* claim;
  const ExactProblem* problem;
  PathPtr path;
};

// What the solver says of this path; empty where it walks it.
std::string refusal(const std::string& solver, const OrderClaim& claim, const PathPtr& path) {
  const EqualSteps steps = equal_steps(*path, smooth_stretch(*path, claim.clock), claim.clock, 4, 0, 4);
  try {
    make_solver(solver, claim.parameters)->start(*path, Grid(*path, steps.times, "equal steps"), Prediction::sample);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

std::vector<Job> jobs_of(const OrderQuestion& question) {
  std::vector<PathPtr> paths;
  for (const std::string& name : question.paths) paths.push_back(make_path(name));
  std::vector<const ExactProblem*> problems;
  for (const std::string& name : question.problems) problems.push_back(&exact_problem(name));
  if (problems.empty())
    for (const ExactProblem& problem : exact_problems()) problems.push_back(&problem);
  std::vector<const Entry*> solvers;
  for (const std::string& name : question.solvers) solvers.push_back(&find_entry("solver", name));
  if (solvers.empty()) solvers = entries_of("solver");

  std::vector<Job> jobs;
  for (const Entry* solver : solvers) {
    const std::size_t before = jobs.size();
    std::string refused = "solver '" + solver->name + "' claims no order on these problems";
    for (const OrderClaim& claim : solver->orders) {
      for (const PathPtr& path : paths) {
        const std::string said = refusal(solver->name, claim, path);
        if (!said.empty()) {
          refused = said;
          continue;
        }
        for (const ExactProblem* problem : problems)
          if (measures(claim, *problem)) jobs.push_back({solver->name, &claim, problem, path});
      }
    }
    if (jobs.size() == before && !question.solvers.empty()) throw InputError(refused);
  }
  return jobs;
}

}  // namespace

std::vector<MeasuredOrder> measure_orders(const OrderQuestion& question,
                                          const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  const std::vector<Job> jobs = jobs_of(question);
  std::vector<MeasuredOrder> measured(jobs.size());
  Solutions solutions;
  BrownianSolutions on_brownian_paths;
  std::atomic<std::size_t> next = 0, done = 0;
  if (progress) progress(0, static_cast<std::int64_t>(jobs.size()));
  FirstFailure failure;
  const auto work = [&] {
    set_threads(1);
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      try {
        const Job& job = jobs[i];
        measured[i] = job.claim->kind == "ode"
                          ? measure_order(job.solver, *job.claim, *job.problem, job.path, solutions)
                          : measure_stochastic_order(job.solver, *job.claim, *job.problem, job.path, on_brownian_paths);
      } catch (...) {
        failure.keep(i, std::current_exception());
        next = jobs.size();
      }
      if (progress) progress(static_cast<std::int64_t>(++done), static_cast<std::int64_t>(jobs.size()));
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < default_context().threads; ++i) threads.emplace_back(work);
  }
  failure.rethrow();
  return measured;
}

}  // namespace ito::experiments
