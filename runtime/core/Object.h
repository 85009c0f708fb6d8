// The common head of all handles: kind, reference count and place in the context's list.
#pragma once
#include "runtime/include/nnrt.h"

namespace nnrt {

struct Context;

enum class Kind : int32_t { Tensor, Str, List, Map, Struct, Dataset, Iter, Archive };

/// Born with one reference, linked into its context. Counts are not atomic: a context belongs to
/// one host thread, and helper threads see raw data only.
struct Object {
  Object(nnrt_context *ctx, Kind kind);
  virtual ~Object();
  Object(const Object &) = delete;
  Object &operator=(const Object &) = delete;
  /// Ends helper threads and gives up all references. A context calls it for every object before it
  /// frees them, in any order; destructors call their own.
  virtual void clear() {}

  Kind kind;
  int32_t refs = 1;
  Context *ctx;
  Object *prev = nullptr, *next = nullptr;
};

template <class T> T *retained(T *object) {
  nnrt_retain(object);
  return object;
}

/// An owned reference inside the runtime.
template <class T> class Ref {
public:
  Ref() = default;
  explicit Ref(T *owned) : object(owned) {}
  Ref(Ref &&other) noexcept : object(other.take()) {}
  Ref &operator=(Ref &&other) noexcept {
    T *taken = other.take();
    nnrt_release(object);
    object = taken;
    return *this;
  }
  ~Ref() { nnrt_release(object); }
  T *get() const { return object; }
  T *operator->() const { return object; }
  T &operator*() const { return *object; }
  explicit operator bool() const { return object; }
  /// Gives the reference away.
  T *take() {
    T *taken = object;
    object = nullptr;
    return taken;
  }

private:
  T *object = nullptr;
};

} // namespace nnrt
