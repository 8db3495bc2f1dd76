#include "bench/measure.h"

#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/peak.h"

namespace ito::bench {
namespace {

constexpr int kRepetitions = 24;
constexpr double kSecondsOfRepetition = 0.008;  // short: one that nothing interrupts is wanted

// Keeps what Google Benchmark reports instead of printing it.
class Collector : public benchmark::BenchmarkReporter {
 public:
  // One thread is timed by its own clock, which other programs on the machine do not disturb; several by the wall's.
  Collector(std::vector<Measurement>& measurements, bool one_thread)
      : measurements_(measurements), one_thread_(one_thread) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.iterations == 0) continue;
      for (Measurement& measurement : measurements_) {
        if (measurement.contender != run.run_name.function_name) continue;
        const double time = one_thread_ ? run.cpu_accumulated_time : run.real_accumulated_time;
        const double seconds = time / static_cast<double>(run.iterations);
        measurement.seconds = measurement.seconds == 0 ? seconds : std::min(measurement.seconds, seconds);
        measurement.peak = std::max<double>(measurement.peak, run.counters.at("peak"));
      }
    }
  }

 private:
  std::vector<Measurement>& measurements_;
  bool one_thread_;
};

}  // namespace

std::vector<Measurement> measure(const Case& chosen) {
  std::vector<Contender> contenders = {{"ito", chosen.family->make}};
  for (Contender& peer : peers(chosen.family->kernel)) contenders.push_back(std::move(peer));

  Context context{.device = Device::cpu, .threads = chosen.threads, .scratch = {}};
  std::vector<Work> works;
  std::vector<Measurement> measurements;
  for (const Contender& contender : contenders) {
    works.push_back(contender.make(chosen.shape, chosen.dtype));
    measurements.push_back({contender.name, works.back().bound, 0, 0, 0, 0});
  }
  benchmark::ClearRegisteredBenchmarks();
  for (std::size_t i = 0; i < works.size(); ++i)
    benchmark::RegisterBenchmark(
        contenders[i].name.c_str(),
        [&, i](benchmark::State& state) {
          const double peak = works[i].bound == Bound::compute ? fma_peak(context, chosen.dtype) : triad_peak(context);
          works[i].run(context);
          for (auto _ : state) works[i].run(context);
          state.counters["peak"] = peak;
        })
        ->UseRealTime()
        ->MinTime(kSecondsOfRepetition)
        ->Repetitions(kRepetitions);
  Collector collector(measurements, chosen.threads == 1);
  benchmark::RunSpecifiedBenchmarks(&collector);
  for (std::size_t i = 0; i < works.size(); ++i) {
    measurements[i].rate = works[i].amount / measurements[i].seconds;
    measurements[i].images = works[i].images / measurements[i].seconds;
  }
  return measurements;
}

}  // namespace ito::bench
