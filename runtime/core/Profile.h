// What `profile { }` measures: how often graphs were launched, and how long they took.
#pragma once
#include "runtime/include/nnrt.h"
#include <chrono>
#include <string>
#include <vector>

namespace nnrt {

class Profile {
public:
  using Clock = std::chrono::steady_clock;

  explicit Profile(const char *place) : place(place), start(Clock::now()) {}
  void add(const nnrt_graph &graph, Clock::duration time);
  /// The table, as of now: calls, milliseconds, share of the whole, and place per graph.
  std::string table() const;

private:
  struct Line {
    const nnrt_graph *graph;
    int64_t calls = 0;
    Clock::duration time{};
  };
  const char *place;
  Clock::time_point start;
  std::vector<Line> lines; // in order of the first launch
};

} // namespace nnrt
