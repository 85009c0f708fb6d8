#include "runtime/core/Context.h"
#include "runtime/core/Flags.h"
#include "runtime/core/Progress.h"
#include "runtime/core/Str.h"
#include "runtime/cpu/Launch.h"
#include <new>

namespace nnrt {

Object::Object(nnrt_context *owner, Kind kind) : kind(kind), ctx(&contextOf(owner)) {
  next = ctx->objects;
  if (next)
    next->prev = this;
  ctx->objects = this;
}

Object::~Object() {
  (prev ? prev->next : ctx->objects) = next;
  if (next)
    next->prev = prev;
}

Context::Context()
    : launcher(std::make_unique<Launcher>()), progress(std::make_unique<Progress>()) {
  file = nullptr;
  line = col = 0;
}

Context::~Context() {
  progress->finish();
  for (Object *object = objects; object; object = object->next)
    ++object->refs; // so that clear() deletes nothing
  for (Object *object = objects; object; object = object->next)
    object->clear();
  while (objects)
    delete objects;
}

} // namespace nnrt

using namespace nnrt;

void nnrt_retain(void *handle) {
  if (handle)
    ++static_cast<Object *>(handle)->refs;
}

void nnrt_release(void *handle) {
  auto *object = static_cast<Object *>(handle);
  if (!object || --object->refs > 0)
    return;
  Context &ctx = *object->ctx;
  if (ctx.deleting)
    return ctx.doomed.push_back(object);
  // A loop, not recursion: a chain of a million structs must not need a million stack frames.
  ctx.deleting = true;
  delete object;
  while (!ctx.doomed.empty()) {
    Object *last = ctx.doomed.back();
    ctx.doomed.pop_back();
    delete last;
  }
  ctx.deleting = false;
}

nnrt_context *nnrt_context_new(void) { return new Context; }

void nnrt_context_free(nnrt_context *ctx) { delete static_cast<Context *>(ctx); }

void nnrt_fail(nnrt_context *ctx, nnrt_str *reason) { fail(ctx, reason->text); }

void nnrt_fail_text(nnrt_context *ctx, const char *reason) { fail(ctx, reason); }

nnrt_str *nnrt_try(nnrt_context *ctx, void (*body)(nnrt_context *, void *), void *env) {
  auto &profiles = contextOf(ctx).profiles;
  auto hold = [&, open = profiles.size()](const Error &error) {
    profiles.erase(profiles.begin() + std::ptrdiff_t(open), profiles.end()); // never ended
    contextOf(ctx).failure = error.render();
    return newStr(ctx, error.what());
  };
  try {
    body(ctx, env);
    return nullptr;
  } catch (const Error &error) {
    return hold(error);
  } catch (const std::bad_alloc &) {
    return hold(Error(ctx, "out of memory"));
  } catch (const std::exception &error) {
    return hold(Error(ctx, error.what()));
  }
}
