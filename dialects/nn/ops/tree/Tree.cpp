#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/Expr.h"

using namespace mlir;
using namespace nn;

// Equal element types, and the flat size where it is known.
static LogicalResult verifyTree(Operation *op, RankedTensorType flat, TypeRange leaves) {
  for (Type leaf : leaves)
    if (cast<RankedTensorType>(leaf).getElementType() != flat.getElementType())
      return op->emitOpError() << "has a leaf " << leaf << " in " << flat;
  if (flat.getRank() != 1)
    return op->emitOpError() << "has a flat tree of type " << flat;
  SmallVector<int64_t> offsets;
  int64_t total = treeLayout(leaves, offsets);
  if (!ShapedType::isDynamic(total) && !flat.isDynamicDim(0) && total != flat.getDimSize(0))
    return op->emitOpError() << "has leaves of " << total << " elements with padding in " << flat;
  return success();
}

LogicalResult UnpackOp::verify() {
  if (failed(verifyDims(*this, getLeaves().getTypes(), getDims())))
    return failure();
  return verifyTree(*this, getFlat().getType(), getLeaves().getTypes());
}
Value UnpackOp::resultDim(OpBuilder &, unsigned result, int64_t axis) {
  return pickDim(getLeaves().getTypes(), getDims(), result, axis);
}
LogicalResult UnpackOp::fold(FoldAdaptor, SmallVectorImpl<OpFoldResult> &results) {
  auto pack = getFlat().getDefiningOp<PackOp>();
  if (!pack || pack.getLeaves().getTypes() != getLeaves().getTypes())
    return failure();
  llvm::append_range(results, pack.getLeaves());
  return success();
}
LogicalResult UnpackOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  if (!walk.isActive(getFlat()))
    return success();
  SmallVector<Value> leaves;
  for (Value leaf : getLeaves()) {
    Value adjoint = walk.of(leaf);
    leaves.push_back(adjoint ? adjoint : zerosLike(Ex(builder, leaf)).value);
  }
  walk.add(getFlat(), PackOp::create(builder, getFlat().getType(), leaves));
  return success();
}
LogicalResult UnpackOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  Value tangent = walk.of(getFlat());
  if (!tangent)
    return success();
  auto tangents = UnpackOp::create(builder, getResultTypes(), tangent, getDims());
  for (auto [leaf, value] : llvm::zip_equal(getLeaves(), tangents.getLeaves()))
    walk.add(leaf, value);
  return success();
}

LogicalResult PackOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (adaptor.getLeaves().empty())
    return emitOptionalError(loc, "'nn.pack' has no leaves");
  auto first = cast<RankedTensorType>(adaptor.getLeaves().front().getType());
  SmallVector<int64_t> offsets;
  int64_t total = treeLayout(adaptor.getLeaves().getTypes(), offsets);
  types.push_back(RankedTensorType::get({total}, first.getElementType()));
  return success();
}
// A flat tree may hide its size where the leaves tell it.
bool PackOp::isCompatibleReturnTypes(TypeRange inferred, TypeRange given) {
  return inferred.size() == given.size() &&
         getElementTypeOrSelf(inferred.front()) == getElementTypeOrSelf(given.front());
}
LogicalResult PackOp::verify() {
  return verifyTree(*this, getFlat().getType(), getLeaves().getTypes());
}
Value PackOp::resultDim(OpBuilder &builder, unsigned, int64_t) {
  SmallVector<Value> dims;
  for (Value leaf : getLeaves())
    llvm::append_range(dims, dynamicDims(builder, getLoc(), leaf));
  return treeLayout(builder, getLoc(), getLeaves().getTypes(), dims).total;
}
OpFoldResult PackOp::fold(FoldAdaptor) {
  auto unpack = getLeaves().front().getDefiningOp<UnpackOp>();
  if (unpack && llvm::equal(getLeaves(), unpack.getLeaves()) &&
      unpack.getFlat().getType() == getType())
    return unpack.getFlat();
  return {};
}
LogicalResult PackOp::vjp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  SmallVector<Value> dims;
  for (Value leaf : getLeaves())
    llvm::append_range(dims, dynamicDims(builder, builder.getLoc(), leaf));
  auto adjoints = UnpackOp::create(builder, getLeaves().getTypes(), walk.of(getFlat()), dims);
  for (auto [leaf, adjoint] : llvm::zip_equal(getLeaves(), adjoints.getLeaves()))
    walk.add(leaf, adjoint);
  return success();
}
LogicalResult PackOp::jvp(ImplicitLocOpBuilder &builder, Derivation &walk) {
  auto places = llvm::to_vector(llvm::seq<unsigned>(0, getLeaves().size()));
  return jvpOfJointlyLinear(builder, *this, places, walk);
}

//--- for a batch: the flat trees are the rows of a matrix

static Value leafSize(ImplicitLocOpBuilder &b, RankedTensorType leaf, ValueRange dims) {
  Value count = indexConstant(b, b.getLoc(), 1);
  for (int64_t size : leaf.getShape()) {
    bool isDynamic = ShapedType::isDynamic(size);
    count = mulIndex(b, b.getLoc(), count,
                     isDynamic ? dims.front() : indexConstant(b, b.getLoc(), size));
    dims = dims.drop_front(isDynamic);
  }
  return count;
}

LogicalResult UnpackOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  SmallVector<Value> dims = batch.plain(getDims());
  ValueRange rest(dims);
  TreeLayout layout = treeLayout(b, b.getLoc(), getLeaves().getTypes(), dims);
  Value flat = batch.of(getFlat()), zero = indexConstant(b, b.getLoc(), 0);
  for (auto [leaf, offset] : llvm::zip_equal(getLeaves(), layout.offsets)) {
    auto type = cast<RankedTensorType>(leaf.getType());
    ValueRange own = rest.take_front(type.getNumDynamicDims());
    rest = rest.drop_front(own.size());
    bool isStatic = type.hasStaticShape();
    auto row = RankedTensorType::get({isStatic ? type.getNumElements() : ShapedType::kDynamic},
                                     type.getElementType());
    SmallVector<Value> rowDims;
    if (!isStatic)
      rowDims.push_back(leafSize(b, type, own));
    Value part = DynamicSliceOp::create(b, batch.typeOf(row), flat, ValueRange{zero, offset},
                                        batch.dims(rowDims));
    batch.set(leaf, b.createOrFold<ReshapeOp>(batch.typeOf(type), part,
                                              batch.dims(SmallVector<Value>(own))));
  }
  return success();
}

LogicalResult PackOp::batch(ImplicitLocOpBuilder &b, Batching &batch) {
  SmallVector<Value> dims, leaves;
  for (Value leaf : getLeaves()) {
    leaves.push_back(batch.spread(b, leaf));
    bool hasOwn = cast<RankedTensorType>(leaves.back().getType()).isDynamicDim(0);
    llvm::append_range(dims,
                       ArrayRef(dynamicDims(b, b.getLoc(), leaves.back())).drop_front(hasOwn));
  }
  ValueRange rest(dims);
  TreeLayout layout = treeLayout(b, b.getLoc(), getLeaves().getTypes(), dims);
  SmallVector<Value> rowDims;
  if (getFlat().getType().isDynamicDim(0))
    rowDims.push_back(layout.total);
  Value scalar =
      ConstantOp::create(b, RankedTensorType::get({}, getFlat().getType().getElementType()), 0.0);
  Value flat =
      b.createOrFold<FullOp>(batch.typeOf(getFlat().getType()), scalar, batch.dims(rowDims));
  Value zero = indexConstant(b, b.getLoc(), 0);
  for (auto [leaf, whole, offset] : llvm::zip_equal(getLeaves(), leaves, layout.offsets)) {
    auto type = cast<RankedTensorType>(leaf.getType());
    ValueRange own = rest.take_front(type.getNumDynamicDims());
    rest = rest.drop_front(own.size());
    bool isStatic = type.hasStaticShape();
    auto row = RankedTensorType::get({isStatic ? type.getNumElements() : ShapedType::kDynamic},
                                     type.getElementType());
    SmallVector<Value> count;
    if (!isStatic)
      count.push_back(leafSize(b, type, own));
    Value part = b.createOrFold<ReshapeOp>(batch.typeOf(row), whole, batch.dims(count));
    flat = DynamicUpdateOp::create(b, flat, part, ValueRange{zero, offset});
  }
  batch.set(getFlat(), flat);
  return success();
}
