// The host part of a program -> LLVM calls of the runtime.
#pragma once
#include "mlir/Pass/Pass.h"
#include <memory>

namespace nnc {
/// `host-ownership`: makes reference counts explicit (host.retain, host.release).
std::unique_ptr<mlir::Pass> createHostOwnershipPass();
/// `host-to-llvm`: host functions, already without scf, become LLVM functions; adds the program's
/// entry.
std::unique_ptr<mlir::Pass> createHostToLLVMPass();
void registerHostPasses();
} // namespace nnc
