// The CUDA driver API, opened with dlopen: executables have no link dependency on CUDA.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace nnrt::cuda {
using Status = int; // CUresult; 0 is success
using Address = uint64_t;
using Context = struct CUctx_st *;
using Module = struct CUmod_st *;
using Function = struct CUfunc_st *;
using Stream = struct CUstream_st *;

struct Driver {
#define NNRT_CUDA(field, symbol, parameters) Status(*field) parameters = nullptr;
#include "runtime/cuda/Driver.def"
#undef NNRT_CUDA

  /// Opens `library` and looks every function up. Returns what is missing; empty when all is there.
  std::string open(const char *library = "libcuda.so.1");
  /// The driver's own words for `status`.
  std::string explain(Status status) const;
};
} // namespace nnrt::cuda
