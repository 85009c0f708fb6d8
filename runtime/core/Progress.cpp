#include "runtime/core/Progress.h"
#include "runtime/core/FormatSpec.h"
#include "runtime/core/Signals.h"
#include "runtime/core/Str.h"
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/ioctl.h>
#include <unistd.h>

namespace nnrt {

static constexpr double barPause = 0.1, plainPause = 3.0, flushPause = 0.1;

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

Progress::Progress() : lastShown(now()) {
  const char *wish = std::getenv("NNRT_PROGRESS");
  std::string_view name = wish ? wish : "";
  style = name == "off" || name == "0" ? Style::Off
          : name == "plain"            ? Style::Plain
          : name == "bar"              ? Style::Bar
          : isatty(STDERR_FILENO)      ? Style::Bar
                                       : Style::Plain;
}

Progress::~Progress() {
  if (recordFile)
    std::fclose(recordFile);
}

// Waits for the value where it is on a device: asked for, this log is exact rather than fast.
void Progress::log(nnrt_context *ctx, const char *name, int64_t call, nnrt_tensor &value) {
  const char *path = std::getenv("NNRT_RECORD");
  if (!recordFile && !(recordFile = std::fopen(path, "w")))
    fail(ctx, "cannot write `", path, "`: ", errnoText(errno));
  std::fprintf(recordFile, "%s\t%lld\t%s\n", name, static_cast<long long>(call),
               elementText(FormatSpec(), value.dtype, value.host()).c_str());
  if (std::fflush(recordFile) != 0)
    fail(ctx, "cannot write `", path, "`: ", errnoText(errno));
}

// ---- loops

void Progress::begin(const void *id, std::string label, const char *unit, int64_t total) {
  bool named = !label.empty();
  loops.push_back({id, std::move(label), unit, total, 0, now(), {}, named});
}

void Progress::beginNested(std::string label, int64_t total) {
  begin(reinterpret_cast<const void *>(++nestedLoops), std::move(label), "steps", total);
}

bool Progress::running(const void *id) const {
  return std::any_of(loops.begin(), loops.end(), [&](const Loop &loop) { return loop.id == id; });
}

void Progress::advance(const void *id, int64_t done) {
  while (!loops.empty() && loops.back().id != id)
    loops.pop_back(); // left by `break`
  if (loops.empty())
    return;
  loops.back().done = done;
  if (loops.back().wanted)
    show(false);
}

void Progress::step() {
  if (!loops.empty())
    advance(loops.back().id, loops.back().done + 1);
}

void Progress::end(const void *id) {
  if (!running(id))
    return;
  while (loops.back().id != id)
    loops.pop_back();
  loops.pop_back();
  clearBar();
}

void Progress::endInnermost() {
  if (!loops.empty())
    end(loops.back().id);
}

void Progress::finish() {
  loops.clear();
  clearBar();
}

void Progress::record(nnrt_context *ctx, const char *name, nnrt_tensor *value, int64_t every) {
  if (value->numel != 1)
    fail(ctx, "only single numbers can be recorded: `", name, "` is ", value->typeText());
  if (std::getenv("NNRT_RECORD"))
    if (int64_t call = recordCalls[name]++; call % std::max<int64_t>(every, 1) == 0)
      log(ctx, name, call, *value);
  if (style == Style::Off)
    return;
  if (loops.empty())
    begin(nullptr, "", "steps", -1);
  Loop &loop = loops.back();
  loop.wanted = true;
  auto metric = std::find_if(loop.metrics.begin(), loop.metrics.end(),
                             [&](const Metric &one) { return one.name == name; });
  if (metric == loop.metrics.end())
    metric = loop.metrics.insert(metric, Metric{name, {}, {}, 0});
  if (metric->calls++ % std::max<int64_t>(every, 1) == 0) {
    metric->before = std::move(metric->value);
    metric->value = Ref<nnrt_tensor>(retained(value));
  }
  // A plain `while` tells no position: its first metric counts the steps.
  if (!loop.id && metric == loop.metrics.begin())
    advance(nullptr, metric->calls);
}

// ---- the line

static std::string countText(double count) {
  char text[32];
  if (count >= 1e6)
    std::snprintf(text, sizeof text, "%.2fM", count / 1e6);
  else if (count >= 1e4)
    std::snprintf(text, sizeof text, "%.0fk", count / 1e3);
  else
    std::snprintf(text, sizeof text, count < 10 ? "%.1f" : "%.0f", count);
  return text;
}

static std::string timeText(double seconds) {
  char text[32];
  auto whole = int64_t(std::min(seconds + 0.5, 1e9));
  if (whole < 60)
    std::snprintf(text, sizeof text, "%d s", int(whole));
  else if (whole < 3600)
    std::snprintf(text, sizeof text, "%d:%02d min", int(whole / 60), int(whole % 60));
  else
    std::snprintf(text, sizeof text, "%d:%02d h", int(whole / 3600), int(whole / 60 % 60));
  return text;
}

static std::string barText(double part, size_t width) {
  auto full = size_t(part * double(width));
  return "[" + std::string(full, '=') + (full < width ? ">" : "") +
         std::string(full < width ? width - full - 1 : 0, ' ') + "]";
}

std::string Progress::lineText(Loop &loop, double time, size_t width) {
  std::string head = loop.label.empty() ? "" : loop.label + "  ", tail;
  double part = loop.total > 0 ? double(loop.done) / double(loop.total) : -1;
  if (part >= 0) {
    char percent[16];
    std::snprintf(percent, sizeof percent, "%3d%% ", int(part * 100));
    head += percent;
    tail = cat(loop.done, "/", loop.total);
  } else {
    tail = cat(loop.done, " ", loop.unit);
  }
  FormatSpec spec;
  for (Metric &metric : loop.metrics) {
    Ref<nnrt_tensor> &value =
        metric.before && metric.value->device && !metric.value->device->ready() ? metric.before
                                                                                : metric.value;
    double number = loadF64(value->dtype, value->host());
    double size = number < 0 ? -number : number;
    spec.type = size > 0 && (size < 1e-3 || size >= 1e5) ? 'e' : 0;
    spec.precision = spec.type ? 3 : 4;
    tail += cat("  ", metric.name, " ", floatText(spec, number, false));
  }
  double rate = double(loop.done) / std::max(time - loop.start, 1e-9);
  tail += cat("  ", countText(rate), " ", loop.unit, "/s");
  if (part > 0)
    tail += cat("  ", timeText(double(loop.total - loop.done) / rate), " left");
  size_t used = head.size() + tail.size() + 3;
  if (part >= 0 && width >= used + 10)
    head += barText(std::min(part, 1.0), std::min<size_t>(width - used, 30)) + " ";
  return head + tail;
}

static size_t terminalWidth() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

void Progress::show(bool force) {
  if (style == Style::Off || loops.empty())
    return;
  double time = now();
  if (!force && time - lastShown < (style == Style::Bar ? barPause : plainPause))
    return;
  lastShown = time;
  Loop &loop = loops.back();
  if (style == Style::Plain) {
    std::fprintf(stderr, "%s\n", lineText(loop, time, 0).c_str());
    return;
  }
  size_t width = terminalWidth() - 1;
  std::string line = lineText(loop, time, width);
  if (line.size() > width)
    line.resize(width);
  std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  std::fflush(stderr);
  barOnScreen = true;
  setBarShown(true);
}

void Progress::clearBar() {
  if (!barOnScreen)
    return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  barOnScreen = false;
  setBarShown(false);
}

// ---- standard output

static void failOutput(nnrt_context *ctx, int error) {
  std::clearerr(stdout);
  fail(ctx, "cannot write to standard output: ", errnoText(error));
}

void Progress::print(nnrt_context *ctx, std::string_view text, std::string_view end) {
  clearBar();
  errno = 0;
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fwrite(end.data(), 1, end.size(), stdout);
  double time = now();
  if (flushEach || time - lastFlush >= flushPause || end.find('\n') == end.npos) {
    lastFlush = time;
    std::fflush(stdout);
  }
  if (std::ferror(stdout))
    failOutput(ctx, errno);
}

void Progress::flushOutput(nnrt_context *ctx) {
  errno = 0;
  if (std::fflush(stdout) != 0)
    failOutput(ctx, errno);
}

} // namespace nnrt

using namespace nnrt;

void nnrt_print(nnrt_context *ctx, nnrt_str *text, nnrt_str *end) {
  contextOf(ctx).progress->print(ctx, text->text, end ? std::string_view(end->text) : "\n");
}

void nnrt_record(nnrt_context *ctx, const char *name, nnrt_tensor *value, int64_t every) {
  contextOf(ctx).progress->record(ctx, name, value, every);
}

void nnrt_progress_begin(nnrt_context *ctx, const char *label, int64_t total) {
  contextOf(ctx).progress->beginNested(label ? label : "", total);
}

void nnrt_progress_step(nnrt_context *ctx) { contextOf(ctx).progress->step(); }
void nnrt_progress_end(nnrt_context *ctx) { contextOf(ctx).progress->endInnermost(); }

double nnrt_time_now(void) { return now(); }
