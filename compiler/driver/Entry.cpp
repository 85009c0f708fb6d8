// The one symbol of the compiler's library.
#include "compiler/driver/Compile.h"

extern "C" __attribute__((visibility("default"))) int
nnc_compile(const nnc::CompileRequest *request) {
  return nnc::compile(*request);
}
