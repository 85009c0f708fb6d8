// The progress line: a bar on a terminal, else plain lines now and then, both on standard error;
// and standard output, which shares the terminal with it.
#pragma once
#include "runtime/core/Tensor.h"
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace nnrt {

/// Seconds of a monotonic clock.
double now();

class Progress {
public:
  Progress();
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  // ---- loops, innermost last
  /// A loop begins; `id` names it. total: units, -1 when unknown.
  void begin(const void *id, std::string label, const char *unit, int64_t total);
  /// The same for a loop that only its nesting names.
  void beginNested(std::string label, int64_t total);
  /// Units done so far in that loop, loops inside it having ended.
  void advance(const void *id, int64_t done);
  /// Ends that loop and what is inside it.
  void end(const void *id);
  void endInnermost();
  bool running(const void *id) const;
  void step();

  void record(nnrt_context *ctx, const char *name, nnrt_tensor *value, int64_t every);

  // ---- output
  void print(nnrt_context *ctx, std::string_view text, std::string_view end);
  void flushOutput(nnrt_context *ctx);
  /// Ends all loops and clears the bar.
  void finish();

  bool flushEach = false; // after each print: what runs may be stopped

private:
  struct Metric {
    std::string name;
    Ref<nnrt_tensor> value, before; // the one before, while the latest is not ready
    int64_t calls = 0;
  };
  struct Loop {
    const void *id;
    std::string label;
    const char *unit;
    int64_t total, done;
    double start;
    std::vector<Metric> metrics;
    bool wanted; // something was recorded, or the loop was begun by name
  };
  enum class Style { Off, Plain, Bar };

  void show(bool force);
  void log(nnrt_context *ctx, const char *name, int64_t call, nnrt_tensor &value);
  std::string lineText(Loop &loop, double time, size_t width);
  void clearBar();

  std::vector<Loop> loops;
  uintptr_t nestedLoops = 0;
  Style style;
  bool barOnScreen = false;
  std::FILE *recordFile = nullptr; // of NNRT_RECORD
  std::map<std::string, int64_t> recordCalls;
  double lastShown, lastFlush = 0;
};

} // namespace nnrt
