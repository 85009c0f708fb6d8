// The elements of a value that `grad` differentiates by, in one row: what gradcheck changes one by
// one.
#include "compiler/irgen/IRGen.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;
using Op = sema::BinaryOp;

/// Calls `visit` with each flat buffer of a value and the leaves in it, which start at multiples of
/// 64 bytes where it is packed.
void Generator::eachFlat(const Val &value, const sema::Type &type, const std::string &path,
                         const FlatFn &visit) {
  const sema::Type &model = type.is(TypeKind::Tree) ? *type.elems[0] : type;
  auto whole = [&] {
    std::vector<Leaf> leaves = leavesOf(model, Role::Param, frame->scope);
    for (Leaf &leaf : leaves)
      leaf.path = path + "." + leaf.path;
    Value flat = value.is(Val::Kind::Tree) ? cleaned(value, model, frame->scope).v
                                           : flatOf(value, model, Role::Param, frame->scope);
    if (flat)
      visit(flat, leaves, /*packed=*/true);
  };
  if (type.isFunction() || type.is(TypeKind::Unit)) // of a tuple: has no elements
    return;
  switch (type.kind) {
  case TypeKind::Tuple:
    if (type.isModel())
      return whole();
    for (size_t i = 0; i < type.elems.size(); ++i)
      eachFlat(partOf(value, &type, i), *type.elems[i], path + "." + std::to_string(i), visit);
    return;
  case TypeKind::Tensor: {
    Value x = toTensor(value, elementType(type.dtype), {});
    Sizes shape = shapeOf(x);
    visit(reshape(x, {product(shape)}), {{path, type.dtype, shape}}, /*packed=*/false);
    return;
  }
  case TypeKind::Tree:
  case TypeKind::Struct:
  case TypeKind::Array:
    return whole();
  default:
    break;
  }
  unsupported({}, "the elements of " + type.str() + " cannot be numbered");
}

Val Generator::primFlat(const sema::Prim &prim) {
  Values parts;
  Size length = 0;
  eachFlat(eval(*prim.args[0].value), *prim.args[0].value->type, "",
           [&](Value flat, const std::vector<Leaf> &, bool) {
             length = arith(Op::Add, length, shapeOf(flat)[0]);
             parts.push_back(flat);
           });
  if (parts.empty())
    return Val::tensor(full(constantTensor(0, elementType(prim.type->dtype)), {0}));
  if (parts.size() == 1)
    return Val::tensor(parts[0]);
  return Val::tensor(tensorOp("nn.concat", parts, elementOf(parts[0]), {length},
                              b.getNamedAttr("axis", b.getI64IntegerAttr(0))));
}

/// The value with elements of `flat`, from `at` on.
Val Generator::withFlat(const Val &like, const sema::Type &type, Value flat, Size &at) {
  Val out = like;
  auto next = [&](const Size &length) {
    Size end = arith(Op::Add, at, length);
    Value part = slice(flat, 0, at, end);
    at = end;
    return part;
  };
  if (type.isFunction())
    return like;
  if (type.is(TypeKind::Tuple) && !type.isModel()) {
    for (size_t i = 0; i < type.elems.size(); ++i)
      out.parts[i] = withFlat(partOf(like, &type, i), *type.elems[i], flat, at);
    return out;
  }
  if (type.is(TypeKind::Tensor)) {
    Sizes shape = shapeOf(toTensor(like, elementType(type.dtype), {}));
    return Val::tensor(reshape(next(product(shape)), shape));
  }
  if (type.is(TypeKind::Tree)) {
    if (like.v)
      out = Val::tree(next(shapeOf(like.v)[0]));
    return out;
  }
  if (like.is(Val::Kind::List) || (type.is(TypeKind::Struct) && !type.isModel())) {
    std::vector<Leaf> layout = leavesOf(type, Role::Param, frame->scope);
    if (layout.empty())
      return like;
    Values leaves = unpack(next(flatSize(layout)), layout);
    const Value *leaf = leaves.data();
    return withParts(like, type, frame->scope, leaf);
  }
  out = flattened(like, type, frame->scope);
  if (out.v)
    out.v = next(shapeOf(out.v)[0]);
  return out;
}

Val Generator::primFromFlat(const sema::Prim &prim) {
  Val like = eval(*prim.args[0].value);
  Size at = 0;
  return withFlat(like, *prim.args[0].value->type, tensorArg(prim, 1), at);
}

/// Where element `i` is: one question for each leaf, so it is asked in failures only.
Val Generator::primPlace(const sema::Prim &prim) {
  struct Part {
    std::string path;
    Value tensor;
    Size start, end;
  };
  std::vector<Part> parts;
  Size start = 0;
  eachFlat(eval(*prim.args[0].value), *prim.args[0].value->type, "",
           [&](Value flat, const std::vector<Leaf> &leaves, bool packed) {
             Values values = packed ? unpack(flat, leaves) : Values{reshape(flat, leaves[0].shape)};
             Size at = start;
             for (size_t i = 0; i < leaves.size(); ++i) {
               Size length = packed ? flatSize({leaves[i]}) : shapeOf(flat)[0];
               Size end = arith(Op::Add, at, length);
               parts.push_back({leaves[i].path, values[i], at, end});
               at = end;
             }
             start = arith(Op::Add, start, shapeOf(flat)[0]);
           });
  Size index = asSize(eval(*prim.args[1].value));
  if (parts.empty())
    return string(constantText(""));
  std::function<Val(size_t)> from = [&](size_t i) -> Val {
    auto here = [&] {
      Value inside = materialize(arith(Op::Sub, index, parts[i].start));
      return string(
          hostCall("nnrt_place", {text(parts[i].path), parts[i].tensor, inside}, handleType()));
    };
    if (i + 1 == parts.size())
      return here();
    Val isBefore = binary(Op::Lt, Val::integer(index), Val::integer(parts[i].end), nullptr, {});
    return branch(isBefore, here, [&] { return from(i + 1); }, {}, prim.type);
  };
  return from(0);
}

} // namespace nnc::irgen
