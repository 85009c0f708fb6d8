#include "runtime/cuda/Driver.h"
#include <dlfcn.h>

namespace nnrt::cuda {
std::string Driver::open(const char *library) {
  // Never closed: the driver keeps threads of its own.
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return library;
#define NNRT_CUDA(field, symbol, parameters)                                                       \
  field = reinterpret_cast<decltype(field)>(dlsym(handle, #symbol));                               \
  if (!field)                                                                                      \
    return #symbol;
#include "runtime/cuda/Driver.def"
#undef NNRT_CUDA
  return {};
}

std::string Driver::explain(Status status) const {
  const char *text = nullptr;
  if (errorString && errorString(status, &text) == 0 && text)
    return text;
  return "CUDA error " + std::to_string(status);
}
} // namespace nnrt::cuda
