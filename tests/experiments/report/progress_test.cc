#include "experiments/report/progress.h"

#include <thread>

#include "experiments/report/terminal.h"
#include "experiments/report/text.h"

namespace ito::experiments {
namespace {

struct Recorder {
  std::string text;
  int writes = 0;
  double now = 100;
  ProgressSink sink(bool terminal) {
    ProgressSink sink;
    sink.write = [this](std::string_view piece) { text += piece, ++writes; };
    sink.seconds = [this] { return now; };
    sink.terminal = terminal;
    sink.width = 60;
    return sink;
  }
};

TEST(Progress, ShortWorkLeavesNoTraceInALog) {
  Recorder recorder;
  Progress progress("sampling", 100, "cells", recorder.sink(false));
  for (int i = 1; i <= 100; ++i) recorder.now += 0.01, progress.update(i);
  progress.finish();
  EXPECT_EQ(recorder.text, "");
}

TEST(Progress, LongWorkWritesALineEveryTenSecondsInALog) {
  Recorder recorder;
  Progress progress("training", 3000, "steps", recorder.sink(false));
  for (int i = 1; i <= 3000; ++i) recorder.now += 0.01, progress.update(i, "loss 0.5");
  progress.finish("loss 0.4");
  EXPECT_EQ(recorder.writes, 4);  // at 2 s, 12 s, 22 s, and the closing line
  EXPECT_NE(recorder.text.find("of 3,000 steps (6%), 100/s, 28 s left; loss 0.5\n"), std::string::npos)
      << recorder.text;
  EXPECT_NE(recorder.text.find("training: 3,000 steps in 30 s; loss 0.4\n"), std::string::npos) << recorder.text;
  EXPECT_EQ(recorder.text.find('\r'), std::string::npos);
}

TEST(Progress, WhatSaysNothingOfTheRestIsNotInTheRate) {
  Recorder recorder;
  Progress progress("run", 100, "cells", recorder.sink(false));
  recorder.now += 60;  // a training
  progress.discount(10, 60);
  progress.update(10);
  EXPECT_EQ(recorder.text, "run: 10 of 100 cells (10%)\n");
  recorder.now += 15;
  progress.update(40);
  EXPECT_NE(recorder.text.find("40 of 100 cells (40%), 2.00/s, 30 s left"), std::string::npos) << recorder.text;
}

TEST(Progress, TheBarIsRedrawnTenTimesASecondInsideTheWidth) {
  Recorder recorder;
  Progress progress("training", 1000, "steps", recorder.sink(true));
  for (int i = 1; i <= 1000; ++i) recorder.now += 0.001, progress.update(i, std::string(200, 'x'));
  EXPECT_GE(recorder.writes, 5);
  EXPECT_LE(recorder.writes, 10);
  const std::string last = recorder.text.substr(recorder.text.rfind('\r') + 4);
  EXPECT_LE(display_width(last), 59u);
  progress.finish();
  EXPECT_EQ(recorder.text.substr(recorder.text.size() - 4), "\r\033[K");  // under two seconds: nothing stays
}

TEST(Progress, AnExceptionTakesTheBarAway) {
  Recorder recorder;
  {
    Progress progress("training", 10, "steps", recorder.sink(true));
    recorder.now += 5;
    progress.update(1);
  }
  EXPECT_EQ(recorder.text.substr(recorder.text.size() - 4), "\r\033[K");
}

TEST(Progress, QuietIsSilent) {
  Recorder recorder;
  set_verbosity(Verbosity::quiet);
  Progress progress("training", 10, "steps", recorder.sink(true));
  recorder.now += 50;
  progress.update(5);
  progress.finish();
  set_verbosity(Verbosity::normal);
  EXPECT_EQ(recorder.text, "");
}

TEST(Progress, ThreadsMayUpdateTogether) {
  std::string text;
  ProgressSink sink;
  sink.write = [&](std::string_view piece) { text += piece; };
  std::atomic<int> ticks{0};
  sink.seconds = [&] { return ++ticks * 0.05; };
  sink.terminal = true;
  Progress progress("cells", 400, "cells", sink);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) progress.update(t * 100 + i);
    });
  for (std::thread& thread : threads) thread.join();
  progress.finish();
  EXPECT_NE(text.find("cells: 400 cells in "), std::string::npos);
}

}  // namespace
}  // namespace ito::experiments
