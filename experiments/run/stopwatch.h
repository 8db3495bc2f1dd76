// How long a piece of work takes, from a few repetitions.
#pragma once

#include <time.h>

#include <algorithm>

namespace ito::experiments {

// `now`: on the clock, among the machine's other work. `idle`: were there none, which is what the calling thread
// computed, since it takes its share of every parallel loop.
struct Seconds {
  double idle = 0;
  double now = 0;

  Seconds& operator+=(const Seconds& other) {
    idle += other.idle;
    now += other.now;
    return *this;
  }
};
inline Seconds operator+(Seconds a, const Seconds& b) { return a += b; }
inline Seconds operator-(const Seconds& a, const Seconds& b) { return {a.idle - b.idle, a.now - b.now}; }
inline Seconds operator*(const Seconds& s, double times) { return {s.idle * times, s.now * times}; }

class Stopwatch {
 public:
  Seconds seconds() const { return read() - begin_; }

 private:
  static Seconds read() {
    timespec idle{}, now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &idle);
    clock_gettime(CLOCK_MONOTONIC, &now);
    const auto value = [](const timespec& t) {
      return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    };
    return {value(idle), value(now)};
  }
  Seconds begin_ = read();
};

template <class F>
Seconds seconds_of(const F& work) {
  const Stopwatch watch;
  work();
  return watch.seconds();
}

// Of one repetition: the least idle time, the mean of the others. Repeats until `enough` seconds are spent; a first
// repetition shorter than that warms caches and pools, and is not counted.
template <class F>
Seconds measured(double enough, const F& work) {
  const Seconds first = seconds_of(work);
  if (first.now >= enough) return first;
  Seconds spent, least = first;
  int count = 0;
  for (; spent.now < enough; ++count) {
    const Seconds once = seconds_of(work);
    least.idle = std::min(least.idle, once.idle);
    spent += once;
  }
  return {least.idle, spent.now / count};
}

}  // namespace ito::experiments
