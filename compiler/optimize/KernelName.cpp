#include "compiler/optimize/KernelName.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace nnc;

/// select(x > 0, x, 0), as the standard library writes relu.
static bool isRelu(Operation *op) {
  auto select = dyn_cast<nn::SelectOp>(op);
  if (!select)
    return false;
  auto compare = select.getCondition().getDefiningOp<nn::CompareOp>();
  return compare && compare.getKind() == nn::CompareKind::gt && compare.getLhs() == select.getLhs();
}

static bool isBias(Operation *op) {
  return isa<nn::AddOp>(op) && llvm::any_of(op->getOperands(), [](Value operand) {
           auto broadcast = operand.getDefiningOp<nn::BroadcastOp>();
           return broadcast && cast<RankedTensorType>(broadcast.getX().getType()).getRank() > 0;
         });
}

/// Empty where an op is not worth a word.
static std::string wordOf(Operation *op, bool isOnlyOp) {
  if (isRelu(op))
    return "relu";
  if (isBias(op))
    return "bias";
  bool silent =
      isa<nn::ConstantOp, nn::FullOp, nn::IotaOp, nn::FromIndexOp, nn::BroadcastOp,
          nn::StopGradientOp, nn::EinsumOp, nn::CompareOp, nn::CastOp, kernel::YieldOp>(op);
  bool scalar =
      op->getNumResults() && cast<RankedTensorType>(op->getResult(0).getType()).getRank() == 0;
  if ((silent || (scalar && isa<nn::ElementwiseOpInterface>(op))) && !isOnlyOp)
    return "";
  return op->getName().stripDialect().str();
}

static StringRef prefixOf(ClusterKind kind) {
  switch (kind) {
  case ClusterKind::Row:
    return "row";
  case ClusterKind::Column:
    return "column";
  case ClusterKind::Contraction:
    return "contraction";
  case ClusterKind::Scatter:
    return "scatter";
  case ClusterKind::Generic:
    return "generic";
  default:
    return "pointwise";
  }
}

std::string nnc::kernelName(ClusterKind kind, Block &body) {
  constexpr size_t maxWords = 5;
  std::string name = prefixOf(kind).str(), roles;
  llvm::StringSet<> words;
  bool single = kind != ClusterKind::Contraction && llvm::hasSingleElement(body);
  for (Operation &op : body) {
    std::string word = wordOf(&op, single);
    if (!word.empty() && words.size() < maxWords && words.insert(word).second)
      name += "_" + word;
    if (auto einsum = dyn_cast<nn::EinsumOp>(op)) {
      std::optional<EinsumLayout> layout = EinsumLayout::of(einsum);
      if (!layout) {
        roles = "_einsum";
        continue;
      }
      std::string batch = layout->batch.empty() ? "" : "b";
      roles = "_" + batch + (layout->aKMajor ? "km" : "mk") + "_" + batch +
              (layout->bKMajor ? "kn" : "nk");
    }
  }
  return name + roles;
}
