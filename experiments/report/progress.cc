#include "experiments/report/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "experiments/report/terminal.h"
#include "experiments/report/text.h"

namespace ito::experiments {
namespace {

constexpr double kWorthALine = 2.0;  // seconds: shorter work leaves no trace
constexpr double kFirstBar = 0.2;    // nothing flickers for work that is over at once
constexpr double kBarInterval = 0.1;
constexpr double kLineInterval = 10.0;
constexpr const char* kEraseLine = "\r\033[K";

// The first `width` code points.
std::string clipped(const std::string& text, std::size_t width) {
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end)
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U && seen++ == width) break;
  return text.substr(0, end);
}

std::string rate_text(double rate) {
  return (rate >= 1000 ? with_thousands(static_cast<std::int64_t>(std::min(rate, 1e18))) : with_digits(rate, 3)) + "/s";
}

}  // namespace

ProgressSink standard_error_sink() {
  ProgressSink sink;
  sink.write = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  sink.seconds = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  sink.terminal = is_terminal(STDERR_FILENO);
  sink.unicode = terminal_is_utf8();
  sink.width = terminal_width(STDERR_FILENO);
  return sink;
}

Progress::Progress(std::string title, std::int64_t total, std::string unit, ProgressSink sink)
    : title_(std::move(title)),
      total_(total),
      unit_(std::move(unit)),
      sink_(std::move(sink)),
      start_(sink_.seconds()),
      silent_(verbosity() == Verbosity::quiet),
      next_(start_ + (sink_.terminal ? kFirstBar : kWorthALine)) {}

Progress::~Progress() {
  if (!finished_ && drawn_ && sink_.terminal) sink_.write(kEraseLine);
}

void Progress::update(std::int64_t done, std::string_view note) {
  if (silent_) return;
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  done_ = done;
  const double now = sink_.seconds();
  if (now < next_) return;
  note_ = note;
  next_ = now + (sink_.terminal ? kBarInterval : kLineInterval);
  drawn_ = true;
  sink_.write(sink_.terminal ? kEraseLine + bar(now - start_) : line(now - start_));
}

void Progress::discount(std::int64_t done, double seconds) {
  const std::lock_guard lock(mutex_);
  discounted_ += done;
  discounted_seconds_ += seconds;
}

void Progress::finish(std::string_view note) {
  if (silent_) return;
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  finished_ = true;
  const double elapsed = sink_.seconds() - start_;
  std::string text;
  if (drawn_ && sink_.terminal) text += kEraseLine;
  if (elapsed >= kWorthALine) {
    text += title_ + ": ";
    const std::int64_t count = total_ > 0 ? total_ : done_;
    if (count > 0 && !unit_.empty()) text += with_thousands(count) + " " + unit_ + " in ";
    text += duration_text(elapsed);
    if (!note.empty()) text.append("; ").append(note);
    text += "\n";
  }
  if (!text.empty()) sink_.write(text);
}

std::string Progress::rate_and_left(double elapsed, const char* between) const {
  const std::int64_t done = done_ - discounted_;
  const double seconds = elapsed - discounted_seconds_;
  if (done <= 0 || seconds <= 0) return {};
  const double rate = static_cast<double>(done) / seconds;
  std::string text = between + rate_text(rate);
  if (total_ > done_) text += between + duration_text(static_cast<double>(total_ - done_) / rate) + " left";
  return text;
}

// training  ━━━━━━━━╌╌╌╌╌╌╌╌  43%  1,290/3,000 steps  812/s  2 s left  loss 0.12
std::string Progress::bar(double elapsed) const {
  constexpr int kCells = 24;
  std::string text = title_;
  if (total_ > 0) {
    const double fraction = std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0);
    const int full = static_cast<int>(fraction * kCells);
    text += "  ";
    for (int i = 0; i < kCells; ++i) text += sink_.unicode ? (i < full ? "━" : "╌") : (i < full ? "#" : ".");
    text += "  " + std::to_string(static_cast<int>(fraction * 100)) + "%";
  }
  text += "  " + with_thousands(done_) + (total_ > 0 ? "/" + with_thousands(total_) : "");
  if (!unit_.empty()) text += " " + unit_;
  text += rate_and_left(elapsed, "  ");
  if (!note_.empty()) text += "  " + note_;
  return clipped(text, static_cast<std::size_t>(std::max(sink_.width - 1, 10)));
}

// training: 1,290 of 3,000 steps (43%), 812/s, 2 s left; loss 0.12
std::string Progress::line(double elapsed) const {
  std::string text = title_ + ": " + with_thousands(done_);
  if (total_ > 0) text += " of " + with_thousands(total_);
  if (!unit_.empty()) text += " " + unit_;
  if (total_ > 0)
    text += " (" + std::to_string(static_cast<int>(100.0 * static_cast<double>(done_) / static_cast<double>(total_))) +
            "%)";
  text += rate_and_left(elapsed, ", ");
  if (!note_.empty()) text += "; " + note_;
  return text + "\n";
}

}  // namespace ito::experiments
