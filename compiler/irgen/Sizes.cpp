// Dims and shapes of the typed tree as constants or index values.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace nnc::irgen {

static int64_t floorDivide(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

Value Generator::materialize(const Size &size) {
  if (!size.isConstant())
    return size.value;
  return arith::ConstantIndexOp::create(b, loc, size.constant);
}

/// + - * / % min max on sizes; `Range` stands for min and `RangeIncl` for max.
Size Generator::arith(sema::BinaryOp op, const Size &x, const Size &y) {
  using Op = sema::BinaryOp;
  if (x.isConstant() && y.isConstant()) {
    int64_t p = x.constant, q = y.constant;
    switch (op) {
    case Op::Add:
      return p + q;
    case Op::Sub:
      return p - q;
    case Op::Mul:
      return p * q;
    case Op::Div:
      return q ? floorDivide(p, q) : 0;
    case Op::Mod:
      return q ? p - floorDivide(p, q) * q : 0;
    case Op::Range:
      return std::min(p, q);
    case Op::RangeIncl:
      return std::max(p, q);
    default:
      break;
    }
  }
  if (y.isConstant()) {
    bool zero = y.constant == 0, one = y.constant == 1;
    if ((zero && (op == Op::Add || op == Op::Sub)) || (one && (op == Op::Mul || op == Op::Div)))
      return x;
    if (zero && op == Op::Mul)
      return 0;
  }
  if (x.isConstant()) {
    if ((x.constant == 0 && op == Op::Add) || (x.constant == 1 && op == Op::Mul))
      return y;
    if (x.constant == 0 && op == Op::Mul)
      return 0;
  }
  Value p = materialize(x), q = materialize(y);
  switch (op) {
  case Op::Add:
    return Size(arith::AddIOp::create(b, loc, p, q));
  case Op::Sub:
    return Size(arith::SubIOp::create(b, loc, p, q));
  case Op::Mul:
    return Size(arith::MulIOp::create(b, loc, p, q));
  case Op::Div:
    return Size(arith::FloorDivSIOp::create(b, loc, p, q));
  case Op::Mod: {
    Value d = arith::FloorDivSIOp::create(b, loc, p, q);
    return Size(arith::SubIOp::create(b, loc, p, arith::MulIOp::create(b, loc, d, q)));
  }
  case Op::Range:
    return Size(arith::MinSIOp::create(b, loc, p, q));
  case Op::RangeIncl:
    return Size(arith::MaxSIOp::create(b, loc, p, q));
  default:
    return 0;
  }
}

Size Generator::sizeOf(const sema::Dim &dim) { return sizeOf(dim, frame->scope); }

/// A dim of an enclosing function or loop.
Size Generator::outerSize(const sema::DimVar *dim) {
  for (Frame *f = frame.get(); f; f = f->parent.get())
    if (auto found = f->scope.dims.find(dim); found != f->scope.dims.end())
      return found->second;
  unsupported({}, "the size `" + dim->name + "` is not known here; give the value a name by `let`");
}

Size Generator::sizeOf(const sema::Dim &dim, const DimScope &scope) {
  using Op = sema::BinaryOp;
  Size sum = 0;
  for (auto &[monomial, coefficient] : dim.terms()) {
    Size term = coefficient;
    for (auto &[atom, power] : monomial) {
      Size factor = 0;
      switch (atom.kind) {
      case sema::DimAtom::Kind::Var: {
        auto it = scope.dims.find(atom.var);
        if (it != scope.dims.end())
          factor = it->second;
        else if (atom.var->kind == sema::DimVar::Kind::FromVar)
          factor = lookup(atom.var->var).size;
        else
          factor = outerSize(atom.var);
        break;
      }
      case sema::DimAtom::Kind::Prod:
        factor = product(shapeOf({sema::ShapeElem{{}, atom.pack}}, scope));
        break;
      case sema::DimAtom::Kind::FloorDiv:
        factor = arith(Op::Div, sizeOf(*atom.lhs, scope), sizeOf(*atom.rhs, scope));
        break;
      case sema::DimAtom::Kind::Mod:
        factor = arith(Op::Mod, sizeOf(*atom.lhs, scope), sizeOf(*atom.rhs, scope));
        break;
      case sema::DimAtom::Kind::Min:
        factor = arith(Op::Range, sizeOf(*atom.lhs, scope), sizeOf(*atom.rhs, scope));
        break;
      case sema::DimAtom::Kind::Max:
        factor = arith(Op::RangeIncl, sizeOf(*atom.lhs, scope), sizeOf(*atom.rhs, scope));
        break;
      }
      for (unsigned i = 0; i < power; ++i)
        term = arith(Op::Mul, term, factor);
    }
    sum = arith(Op::Add, sum, term);
  }
  return sum;
}

std::vector<Size> Generator::shapeOf(const sema::Shape &shape) {
  return shapeOf(shape, frame->scope);
}

std::vector<Size> Generator::shapeOf(const sema::Shape &shape, const DimScope &scope) {
  std::vector<Size> out;
  for (const sema::ShapeElem &elem : shape) {
    if (!elem.pack) {
      out.push_back(sizeOf(elem.dim, scope));
      continue;
    }
    auto it = scope.packs.find(elem.pack);
    for (Frame *f = frame.get(); f && it == scope.packs.end(); f = f->parent.get())
      if (auto outer = f->scope.packs.find(elem.pack); outer != f->scope.packs.end()) {
        out.insert(out.end(), outer->second.begin(), outer->second.end());
        break;
      }
    if (it != scope.packs.end())
      out.insert(out.end(), it->second.begin(), it->second.end());
  }
  return out;
}

/// The sizes of a tensor's axes: static ones from its type, dynamic ones as noted when it was made.
std::vector<Size> Generator::shapeOf(Value tensor) {
  auto type = mlir::cast<RankedTensorType>(tensor.getType());
  auto known = sizes.find(tensor);
  std::vector<Size> out;
  for (int64_t i = 0; i < type.getRank(); ++i)
    out.push_back(!type.isDynamicDim(i)  ? Size(type.getDimSize(i))
                  : known != sizes.end() ? known->second[i]
                                         : sizeOfAxis(tensor, i));
  return out;
}

/// The region may still be without an op around it.
static bool isInside(Value value, Region &region) {
  for (Region *at = value.getParentRegion(); at;
       at = at->getParentOp() ? at->getParentOp()->getParentRegion() : nullptr)
    if (at == &region)
      return true;
  return false;
}

/// A size computed inside of a region, computed again here; null where the region alone knows it.
Value Generator::outside(Value size, Region &region) {
  if (!isInside(size, region))
    return size;
  Operation *op = size.getDefiningOp();
  if (!op)
    return {};
  bool isDim = isa<nn::DimOp, host::DimOp>(op);
  if (isDim && isInside(op->getOperand(0), region)) {
    auto known = sizes.find(op->getOperand(0));
    if (known == sizes.end())
      return {};
    Size noted = known->second[op->getAttrOfType<IntegerAttr>("axis").getInt()];
    return noted.isConstant() ? materialize(noted) : outside(noted.value, region);
  }
  if (!isDim && !isa<arith::ArithDialect>(op->getDialect()))
    return {};
  IRMapping map;
  for (Value operand : op->getOperands()) {
    Value there = outside(operand, region);
    if (!there)
      return {};
    map.map(operand, there);
  }
  return b.clone(*op, map)->getResult(mlir::cast<OpResult>(size).getResultNumber());
}

/// The sizes of a tensor that a region gives, as they are known after it.
Sizes Generator::shapeOutside(Value tensor, Region &region) {
  auto type = mlir::cast<RankedTensorType>(tensor.getType());
  auto known = sizes.find(tensor);
  Sizes shape;
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (!type.isDynamicDim(i)) {
      shape.push_back(type.getDimSize(i));
      continue;
    }
    Size here = known == sizes.end() ? Size() : known->second[i];
    Value size = known == sizes.end() ? Value()
                 : here.isConstant()  ? materialize(here)
                                      : outside(here.value, region);
    if (!size)
      unsupported({},
                  "a size that is only known when this has run leaves it, which is not possible "
                  "where derivatives are computed",
                  DiagKind::SizeInGraph);
    shape.push_back(Size(size));
  }
  return shape;
}

DimScope Generator::scopeOf(const sema::DimBindings &binds) { return scopeOf(binds, frame->scope); }

/// The sizes that the parts of a value are given in: a struct has its own.
DimScope Generator::innerScope(const sema::Type &type, const DimScope &outer) {
  return type.is(sema::Type::Kind::Struct) ? scopeOf(type.binds, outer) : outer;
}

DimScope Generator::scopeOf(const sema::DimBindings &binds, const DimScope &outer) {
  DimScope inner;
  for (auto &[var, dim] : binds.dims)
    inner.dims[var] = sizeOf(dim, outer);
  for (auto &[pack, shape] : binds.packs)
    inner.packs[pack] = shapeOf(shape, outer);
  return inner;
}

Size Generator::product(const std::vector<Size> &shape) {
  Size n = 1;
  for (const Size &s : shape)
    n = arith(sema::BinaryOp::Mul, n, s);
  return n;
}

Type Generator::elementType(sema::DType dtype) {
  MLIRContext *c = b.getContext();
  auto unsignedInt = [&](unsigned w) { return IntegerType::get(c, w, IntegerType::Unsigned); };
  switch (dtype) {
  case sema::DType::F16:
    return Float16Type::get(c);
  case sema::DType::BF16:
    return BFloat16Type::get(c);
  case sema::DType::F32:
    return options.f64 ? Type(Float64Type::get(c)) : Type(Float32Type::get(c));
  case sema::DType::F64:
    return Float64Type::get(c);
  case sema::DType::I8:
    return IntegerType::get(c, 8);
  case sema::DType::I16:
    return IntegerType::get(c, 16);
  case sema::DType::I32:
    return IntegerType::get(c, 32);
  case sema::DType::I64:
    return IntegerType::get(c, 64);
  case sema::DType::U8:
    return unsignedInt(8);
  case sema::DType::U16:
    return unsignedInt(16);
  case sema::DType::U32:
    return unsignedInt(32);
  case sema::DType::U64:
    return unsignedInt(64);
  case sema::DType::Bool:
    return IntegerType::get(c, 1);
  }
  return Float32Type::get(c);
}

RankedTensorType Generator::tensorType(Type element, const std::vector<Size> &shape) {
  SmallVector<int64_t> dims;
  for (const Size &s : shape)
    dims.push_back(s.isConstant() ? s.constant : ShapedType::kDynamic);
  return RankedTensorType::get(dims, element);
}

/// The index operands of an op with a result of this shape: one per size not known when compiling.
std::vector<Value> Generator::dynamicSizes(const std::vector<Size> &shape) {
  std::vector<Value> out;
  for (const Size &s : shape)
    if (!s.isConstant())
      out.push_back(s.value);
  return out;
}

} // namespace nnc::irgen
