// Progress: how far a long piece of work is, on standard error.
//
// On a terminal a bar with rate and time left, redrawn at most ten times a second; elsewhere a plain line at most every
// ten seconds, and none for work that takes less than two. Silent under Verbosity::quiet. `update` may be called from
// any thread, as often as wanted.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace ito::experiments {

// Where progress goes; the defaults are standard error and the steady clock (tests bring their own).
struct ProgressSink {
  std::function<void(std::string_view text)> write;
  std::function<double()> seconds;
  bool terminal = false;
  bool unicode = false;
  int width = 80;
};
ProgressSink standard_error_sink();

class Progress {
 public:
  // `total` <= 0: not known. `unit` in the plural ("steps", "cells", "samples").
  Progress(std::string title, std::int64_t total, std::string unit = "", ProgressSink sink = standard_error_sink());
  // Without finish() (an exception passes): takes the bar away and says nothing.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::int64_t done, std::string_view note = {});
  // `done` of the work so far took `seconds` that say nothing of how long the rest takes.
  void discount(std::int64_t done, double seconds);
  void finish(std::string_view note = {});  // leaves one closing line when the work took over two seconds

 private:
  std::string rate_and_left(double elapsed, const char* between) const;
  std::string bar(double elapsed) const;
  std::string line(double elapsed) const;

  std::mutex mutex_;
  const std::string title_;
  const std::int64_t total_;
  const std::string unit_;
  const ProgressSink sink_;
  const double start_;
  const bool silent_;
  double next_;  // when the next drawing is due
  std::int64_t done_ = 0;
  std::int64_t discounted_ = 0;
  double discounted_seconds_ = 0;
  std::string note_;
  bool drawn_ = false;
  bool finished_ = false;
};

}  // namespace ito::experiments
