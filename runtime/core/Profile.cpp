#include "runtime/core/Profile.h"
#include "runtime/core/Context.h"
#include <algorithm>
#include <cstdio>

namespace nnrt {

void Profile::add(const nnrt_graph &graph, Clock::duration time) {
  auto line = std::find_if(lines.begin(), lines.end(),
                           [&](const Line &known) { return known.graph == &graph; });
  if (line == lines.end())
    line = lines.insert(lines.end(), Line{&graph});
  ++line->calls;
  line->time += time;
}

/// The names of some kernels, those that take most of the work first: contractions.
static std::string kernelsOf(const nnrt_graph &graph) {
  std::string names;
  int shown = 0;
  for (int wanted = 1; wanted >= 0; --wanted)
    for (int i = 0; i < graph.n_kernels && shown < 3; ++i) {
      std::string name = graph.kernel_names[i];
      bool isContraction = name.rfind("contraction", 0) == 0;
      if (isContraction != (wanted == 1) || names.find(name) != std::string::npos)
        continue;
      names += (shown++ ? ", " : "") + name;
    }
  return cat(graph.n_kernels, " kernels: ", names, shown < graph.n_kernels ? ", .." : "");
}

std::string Profile::table() const {
  auto milliseconds = [](Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
  };
  double whole = milliseconds(Clock::now() - start), rest = whole;
  std::vector<Line> sorted = lines;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Line &a, const Line &b) { return a.time > b.time; });
  char row[256];
  std::snprintf(row, sizeof row, "profile: %.2f ms\n     calls          ms   share\n", whole);
  std::string out = cat(place, ": ", row);
  auto share = [&](double part) { return whole > 0 ? 100 * part / whole : 0; };
  for (const Line &line : sorted) {
    double time = milliseconds(line.time);
    rest -= time;
    std::snprintf(row, sizeof row, "%10lld  %10.2f  %5.1f %%  ", static_cast<long long>(line.calls),
                  time, share(time));
    out += cat(row, line.graph->place ? line.graph->place : line.graph->name, ", ",
               kernelsOf(*line.graph), "\n");
  }
  std::snprintf(row, sizeof row, "%10s  %10.2f  %5.1f %%  between them\n", "", rest, share(rest));
  return out + row;
}

} // namespace nnrt

int32_t nnrt_profile_ready(nnrt_context *) { return 1; }

void nnrt_profile_begin(nnrt_context *ctx, const char *place) {
  nnrt::contextOf(ctx).profiles.emplace_back(place);
}

void nnrt_profile_end(nnrt_context *ctx) {
  auto &profiles = nnrt::contextOf(ctx).profiles;
  std::fputs(profiles.back().table().c_str(), stderr);
  profiles.pop_back();
}
