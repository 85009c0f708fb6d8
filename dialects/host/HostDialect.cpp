#include "dialects/host/HostDialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/host/HostDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/host/HostTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/host/HostOps.cpp.inc"

using namespace mlir;

namespace nnc::host {

void HostDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/host/HostTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/host/HostOps.cpp.inc"
      >();
}

/// host.dim of a host.shaped is the size that it states; of a static axis, nothing to do at run
/// time.
OpFoldResult DimOp::fold(FoldAdaptor) {
  auto type = cast<RankedTensorType>(getValue().getType());
  if (!type.isDynamicDim(getAxis()))
    return IntegerAttr::get(IndexType::get(getContext()), type.getDimSize(getAxis()));
  if (auto shaped = getValue().getDefiningOp<ShapedOp>())
    return shaped.getDims()[type.getDynamicDimIndex(getAxis())];
  return {};
}

} // namespace nnc::host
