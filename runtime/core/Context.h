// The state of one running program (or library call): handles, buffers, plans, flags, statistics.
#pragma once
#include "runtime/core/Buffers.h"
#include "runtime/core/Error.h"
#include "runtime/core/Object.h"
#include "runtime/core/Profile.h"
#include <memory>
#include <vector>

namespace nnrt {

class Progress;
struct Launcher;
struct FlagValues;
namespace cuda {
class Device;
}

struct Context : nnrt_context {
  Context();
  ~Context();

  Object *objects = nullptr; // all live handles
  bool deleting = false;     // a release is running; what it frees in turn waits in `doomed`
  std::vector<Object *> doomed;
  int exitCode = 0;          // of a program that is done
  std::string failure;       // what nnrt_try held last, as nnrt_main would report it
  bool serial = false;       // parallel_for of this context stays on its thread
  nnrt_str *ascii[128] = {}; // the strings of one ASCII character, made at their first use
  Buffers buffers;
  std::unique_ptr<Launcher> launcher;
  std::unique_ptr<Progress> progress;
  std::vector<Profile> profiles; // that run, one inside of the other
  std::shared_ptr<cuda::Device> gpu; // opened by the first graph that needs it
  std::unique_ptr<FlagValues> flags; // only under nnrt_main
};

inline Context &contextOf(nnrt_context *ctx) { return *static_cast<Context *>(ctx); }

} // namespace nnrt
