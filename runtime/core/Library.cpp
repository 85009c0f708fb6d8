// Calls from C into a library: one context for all of them, behind a lock.
#include "runtime/core/Flags.h"
#include "runtime/core/Progress.h"
#include "runtime/core/Struct.h"
#include "runtime/core/Tensor.h"
#include "runtime/cpu/Pool.h"
#include <cstring>
#include <mutex>
#include <new>

using namespace nnrt;

namespace {
/// Lives as long as the process.
struct State {
  Context ctx;
  Ref<nnrt_struct> values;
  Object *oldest = nullptr; // the newest of the handles that stay between calls
  std::vector<std::pair<Object *, int32_t>> resting; // these, with their counts between calls
};

/// The message of this thread's last call. Where there is no memory for a text, a constant.
struct LastError {
  std::string text;
  const char *shown = "";
};
} // namespace

static std::mutex oneCall;
static thread_local LastError lastError;

// Code that is unwound owns nothing: its handles go, and those that stay have their counts again.
static void dropNewHandles(State &state) {
  Context &ctx = state.ctx;
  for (Object *object = ctx.objects; object != state.oldest; object = object->next)
    ++object->refs; // so that clear() deletes nothing
  for (Object *object = ctx.objects; object != state.oldest; object = object->next)
    object->clear();
  while (ctx.objects != state.oldest)
    delete ctx.objects;
  for (auto &[object, refs] : state.resting)
    object->refs = refs;
}

static State &started(nnrt_library &library) {
  if (library.state)
    return *static_cast<State *>(library.state);
  Pool::checkEnvironment();
  auto state = std::make_unique<State>();
  state->values = Ref<nnrt_struct>(library.init(&state->ctx));
  state->oldest = state->ctx.objects;
  for (Object *object = state->ctx.objects; object; object = object->next)
    state->resting.push_back({object, object->refs});
  state->ctx.progress->finish();
  state->ctx.progress->flushOutput(&state->ctx);
  library.state = state.get();
  return *state.release();
}

static void remember(const Error &error) {
  lastError.text = error.what();
  if (!error.file.empty())
    lastError.text += cat(" (", error.file, ":", error.line, ":", error.col, ")");
  if (!error.help.empty())
    lastError.text += cat("; ", error.help);
  lastError.shown = lastError.text.c_str();
}

/// Keeps the text of the exception that is being handled.
static int32_t failure() noexcept {
  lastError.shown = "out of memory";
  try {
    throw;
  } catch (const Error &error) {
    try {
      remember(error);
    } catch (...) {
    }
  } catch (const std::bad_alloc &) {
  } catch (const std::exception &error) {
    try {
      remember(Error(nullptr, error.what()));
    } catch (...) {
    }
  } catch (...) {
    lastError.shown = "an unknown error";
  }
  return 1;
}

int32_t nnrt_library_call(nnrt_library *library,
                          void (*body)(nnrt_context *, nnrt_struct *, void *), void *env) {
  lastError.shown = "";
  try {
    std::lock_guard<std::mutex> lock(oneCall);
    State &state = started(*library);
    if (!body)
      return 0;
    Context &ctx = state.ctx;
    try {
      ctx.file = nullptr;
      body(&ctx, retained(state.values.get()), env);
      ctx.progress->finish();
      ctx.progress->flushOutput(&ctx);
    } catch (...) {
      ctx.progress->finish();
      dropNewHandles(state);
      throw;
    }
    return 0;
  } catch (...) {
    return failure();
  }
}

const char *nnrt_library_error(void) { return lastError.shown; }

void nnrt_library_size(nnrt_context *ctx, const char *name, int64_t given, int64_t actual) {
  if (given != actual)
    fail(ctx, "the size `", name, "` is ", actual, " in the program, not ", given);
}

nnrt_tensor *nnrt_library_input(nnrt_context *ctx, const char *name, int32_t dtype, int32_t rank,
                                const int64_t *shape, const void *data) {
  if (checkedNumel(ctx, dtype, rank, shape) > 0 && !data)
    fail(ctx, "`", name, "` is NULL");
  auto tensor = newTensor(ctx, dtype, rank, shape);
  if (tensor->bytes)
    std::memcpy(tensor->data, data, size_t(tensor->bytes));
  if (dtype == NNRT_BOOL) // any other byte than 0 counts as true
    for (int64_t i = 0; i < tensor->numel; ++i)
      tensor->data[i] = tensor->data[i] != 0;
  return tensor.take();
}

void nnrt_library_output(nnrt_context *ctx, const char *name, nnrt_tensor *tensor, void *out) {
  if (tensor->numel == 0)
    return;
  if (!out)
    fail(ctx, "`", name, "` is NULL");
  std::memcpy(out, tensor->host(), size_t(tensor->bytes));
}
