// The device functions for emulated kernels: the same source, for the host.
#pragma GCC visibility push(default)
#include "compiler/lowering/gpu/device/Math.cpp"
#pragma GCC visibility pop
