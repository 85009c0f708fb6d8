// Models and trees. A model's params are one flat buffer (and its state another); field access
// unpacks it.
//
// Note [Two forms of a model]
// In variables, loops and launches a model is flat: `v` holds all params, `state` all state, and
// `parts` only what is neither (configuration, and sub-models' configuration). Access to a field
// makes the structural form: `parts` complete, `v` null. Writing a field gives a structural value,
// which is packed where a flat one is needed; pack(unpack(x)) folds away.
#include "compiler/irgen/IRGen.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

/// Appends the leaves of one role below `type`, in declaration order. `leading` are the lengths of
/// the arrays around it.
void Generator::collectLeaves(const sema::Type &type, const DimScope &scope, Role role,
                              const std::string &prefix, std::vector<Size> leading,
                              std::vector<Leaf> &out) {
  if (type.is(TypeKind::Array)) {
    leading.push_back(sizeOf(type.count, scope));
    collectLeaves(*type.elems[0], scope, role, joined(prefix, "{}"), leading, out);
    return;
  }
  if (type.is(TypeKind::Tuple)) {
    for (size_t i = 0; i < type.elems.size(); ++i)
      collectLeaves(*type.elems[i], scope, role, joined(prefix, std::to_string(i)), leading, out);
    return;
  }
  if (!type.isModel())
    return;
  DimScope inner = scopeOf(type.binds, scope);
  for (const sema::FieldInfo &field : type.structInfo->fields) {
    std::string path = joined(prefix, field.name);
    if (field.role == Role::Sub) {
      collectLeaves(*field.type, inner, role, path, leading, out);
    } else if (field.role == role) {
      std::vector<Size> shape = leading;
      for (const Size &s : shapeOf(field.type->shape, inner))
        shape.push_back(s);
      out.push_back({path, field.type->dtype, shape, leading.size()});
    }
  }
}

// Note [Gradients by structs]
// The leaves of a plain struct are its tensors of floats and the params of its models, those of
// structs and tuples in it included.

static bool isPlain(const sema::Type &type) {
  return (type.is(TypeKind::Struct) || type.is(TypeKind::Tuple)) && !type.isModel();
}

void Generator::collectParts(const sema::Type &type, const DimScope &scope,
                             const std::string &prefix, std::vector<Leaf> &out) {
  if (isPlain(type)) {
    DimScope inner = innerScope(type, scope);
    for (size_t i = 0; i < partCount(type); ++i)
      collectParts(partType(type, i), inner, joined(prefix, partName(type, i)), out);
  } else if (type.isFloat()) {
    out.push_back({prefix, type.dtype, shapeOf(type.shape, scope)});
  } else {
    collectLeaves(type, scope, Role::Param, prefix, {}, out);
  }
}

/// The leaves of a struct's value, or of a tree of it.
void Generator::gatherParts(const Val &value, const sema::Type &type, const DimScope &scope,
                            Values &out) {
  if (isPlain(type)) {
    DimScope inner = innerScope(type, scope);
    for (size_t i = 0; i < partCount(type); ++i)
      gatherParts(value.parts[i], partType(type, i), inner, out);
  } else if (type.isFloat()) {
    out.push_back(toTensor(value, elementType(type.dtype), {}));
  } else {
    gatherLeaves(value, type, Role::Param, scope, out);
  }
}

/// The value with other leaves: the inverse of gatherParts.
Val Generator::withParts(Val value, const sema::Type &type, const DimScope &scope,
                         const Value *&leaf) {
  if (isPlain(type)) {
    DimScope inner = innerScope(type, scope);
    for (size_t i = 0; i < partCount(type); ++i)
      value.parts[i] = withParts(value.parts[i], partType(type, i), inner, leaf);
    return value;
  }
  if (type.isFloat())
    return Val::tensor(*leaf++);
  std::vector<Leaf> layout = leavesOf(type, Role::Param, scope);
  if (layout.empty())
    return value;
  Values own(leaf, leaf + layout.size());
  leaf += layout.size();
  if (!value.is(Val::Kind::List)) {
    value = flattened(value, type, scope);
    value.v = pack(own, layout);
    return value;
  }
  // An array written element by element.
  for (size_t i = 0; i < value.parts.size(); ++i) {
    Values row;
    for (Value stack : own)
      row.push_back(elementAt(Val::tensor(stack), static_cast<int64_t>(i)).v);
    const Value *next = row.data();
    value.parts[i] = withParts(value.parts[i], *type.elems[0], scope, next);
  }
  return value;
}

std::vector<Leaf> Generator::leavesOf(const sema::Type &type, Role role, const DimScope &scope) {
  std::vector<Leaf> out;
  if (type.is(TypeKind::Struct) && !type.isModel() && role == Role::Param) {
    collectParts(type, scope, "", out);
    return out;
  }
  collectLeaves(type, scope, role, "", {}, out);
  return out;
}

/// flat -> its leaves. Shared between accesses in one block; CSE merges the rest.
Values Generator::unpack(Value flat, const std::vector<Leaf> &leaves) {
  auto known = unpacked.find(flat);
  if (known != unpacked.end() && known->second->getBlock() == b.getInsertionBlock())
    return Values(known->second->result_begin(), known->second->result_end());
  OperationState state(loc, "nn.unpack");
  state.addOperands(flat);
  for (const Leaf &leaf : leaves) {
    state.addOperands(dynamicSizes(leaf.shape));
    state.addTypes(tensorType(elementType(leaf.dtype), leaf.shape));
  }
  Operation *op = b.create(state);
  for (auto [result, leaf] : llvm::zip(op->getResults(), leaves))
    noteSizes(result, leaf.shape);
  unpacked[flat] = op;
  return std::vector<Value>(op->result_begin(), op->result_end());
}

/// The part of a gradient that is a field's or a tuple member's: a tensor, or a tree of its own.
Val Generator::partOfTree(const Val &tree, const sema::Type &model, unsigned index) {
  auto outer = scopedTo(model);
  size_t begin = 0;
  bool isTensor = false;
  std::vector<Leaf> layout;
  for (unsigned i = 0; i <= index; ++i) {
    begin += layout.size();
    layout.clear();
    const sema::Type &part = partType(model, i);
    isTensor = part.is(TypeKind::Tensor);
    if (!model.is(TypeKind::Struct) || !model.isModel())
      collectParts(part, frame->scope, "", layout);
    else if (model.structInfo->fields[i].role == Role::Param)
      layout.emplace_back();
    else if (model.structInfo->fields[i].role == Role::Sub)
      collectLeaves(part, frame->scope, Role::Param, "", {}, layout);
  }
  frame = outer;
  if (partType(model, index).isFunction())
    return {};
  if (!tree.v || layout.empty()) // no params in it
    return Val::tree(nullptr);
  Values leaves = unpack(tree.v, leavesOf(model, Role::Param, frame->scope));
  if (isTensor)
    return Val::tensor(leaves[begin]);
  Values own(leaves.begin() + begin, leaves.begin() + begin + layout.size());
  return Val::tree(pack(own, layout));
}

Value Generator::pack(const std::vector<Value> &leaves, const std::vector<Leaf> &layout) {
  Size total = flatSize(layout);
  OperationState state(loc, "nn.pack");
  state.addOperands(leaves);
  Type element = elementOf(leaves[0]);
  for (Value leaf : leaves)
    if (elementOf(leaf) != element)
      unsupported({}, "a model whose `state` fields have several dtypes cannot be changed in a "
                      "loop, stored or saved");
  state.addTypes(tensorType(element, {total}));
  Value flat = b.create(state)->getResult(0);
  noteSizes(flat, {total});
  return flat;
}

/// Elements of a flat buffer with these leaves: each starts at a multiple of 64 bytes.
Size Generator::flatSize(const std::vector<Leaf> &leaves) {
  using Op = sema::BinaryOp;
  Size total = 0;
  for (const Leaf &leaf : leaves) {
    int64_t unit = 512 / elementType(leaf.dtype).getIntOrFloatBitWidth();
    Size n = product(leaf.shape);
    Size padded = arith(Op::Mul, arith(Op::Div, arith(Op::Add, n, unit - 1), unit), unit);
    total = arith(Op::Add, total, padded);
  }
  return total;
}

/// The structural form: Note [Two forms of a model].
Val Generator::withFields(const Val &model, const sema::Type &type) {
  if (!model.v && !model.state)
    return model;
  auto leaves = [&](Value flat, Role role) {
    return flat ? unpack(flat, leavesOf(type, role, frame->scope)) : std::vector<Value>();
  };
  std::vector<Value> params = leaves(model.v, Role::Param),
                     state = leaves(model.state, Role::State);
  const Value *nextParam = params.data(), *nextState = state.data();
  return structural(model, type, nextParam, nextState);
}

std::vector<Val> Generator::modelParts(const Val &model, const sema::Type &type) {
  return withFields(model, type).parts;
}

/// Takes the leaves of `type` from the two lists in order.
Val Generator::structural(const Val &like, const sema::Type &type, const Value *&param,
                          const Value *&state) {
  if (type.is(TypeKind::Array)) {
    Val array = like;
    array.kind = Val::Kind::Array;
    Val inner = like.parts.empty() ? Val() : like.parts[0];
    array.parts = {structural(inner, *type.elems[0], param, state)};
    array.v = array.state = nullptr;
    return array;
  }
  if (type.is(TypeKind::Tuple)) {
    Val tuple = like;
    tuple.kind = type.isModel() ? Val::Kind::Model : Val::Kind::Aggregate;
    tuple.v = tuple.state = nullptr;
    tuple.parts.resize(type.elems.size());
    for (size_t i = 0; i < type.elems.size(); ++i)
      tuple.parts[i] = structural(tuple.parts[i], *type.elems[i], param, state);
    return tuple;
  }
  if (!type.isModel())
    return like;
  Val model = like;
  model.kind = Val::Kind::Model;
  model.v = model.state = nullptr;
  const auto &fields = type.structInfo->fields;
  model.parts.resize(fields.size());
  for (size_t i = 0; i < fields.size(); ++i)
    switch (fields[i].role) {
    case Role::Param:
      model.parts[i] = Val::tensor(*param++);
      break;
    case Role::State:
      model.parts[i] = Val::tensor(*state++);
      break;
    case Role::Sub:
      model.parts[i] = structural(model.parts[i], *fields[i].type, param, state);
      break;
    case Role::Config:
      break;
    }
  return model;
}

/// The leaves of one role of a value in which some parts may be flat.
void Generator::gatherLeaves(const Val &value, const sema::Type &type, Role role,
                             const DimScope &scope, Values &out) {
  std::vector<Leaf> layout = leavesOf(type, role, scope);
  if (layout.empty())
    return;
  if (value.v || value.state) {
    if (Value flat = role == Role::Param ? value.v : value.state)
      llvm::append_range(out, unpack(flat, layout));
    return;
  }
  if (value.is(Val::Kind::List)) { // an array written element by element
    std::vector<Values> columns;
    for (const Val &element : value.parts) {
      Values leaves;
      gatherLeaves(element, *type.elems[0], role, scope, leaves);
      columns.resize(leaves.size());
      for (size_t i = 0; i < leaves.size(); ++i)
        columns[i].push_back(leaves[i]);
    }
    for (const Values &column : columns)
      out.push_back(stacked(column));
    return;
  }
  if (type.is(TypeKind::Array)) {
    gatherLeaves(value.parts[0], *type.elems[0], role, scope, out);
    return;
  }
  if (type.is(TypeKind::Tuple)) {
    for (size_t i = 0; i < type.elems.size(); ++i)
      gatherLeaves(value.parts[i], *type.elems[i], role, scope, out);
    return;
  }
  DimScope inner = scopeOf(type.binds, scope);
  const auto &fields = type.structInfo->fields;
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i].role == Role::Sub)
      gatherLeaves(value.parts[i], *fields[i].type, role, inner, out);
    else if (fields[i].role == role)
      out.push_back(value.parts[i].v);
}

/// The flat buffer of one role; null if the model has no such leaf.
Value Generator::flatOf(const Val &model, const sema::Type &type, Role role,
                        const DimScope &scope) {
  if (model.v || model.state)
    return role == Role::Param ? model.v : model.state;
  std::vector<Leaf> layout = leavesOf(type, role, scope);
  if (layout.empty())
    return {};
  std::vector<Value> leaves;
  if (type.is(TypeKind::Struct) && !type.isModel())
    gatherParts(model, type, scope, leaves);
  else
    gatherLeaves(model, type, role, scope, leaves);
  return pack(leaves, layout);
}

/// The flat form: Note [Two forms of a model].
Val Generator::flattened(const Val &model, const sema::Type &type, const DimScope &scope) {
  if (model.v || model.state)
    return model;
  Val flat = configOnly(model, type, scope);
  flat.v = flatOf(model, type, Role::Param, scope);
  flat.state = flatOf(model, type, Role::State, scope);
  return flat;
}

static bool isTensorField(const sema::FieldInfo &field) { return field.type->is(TypeKind::Tensor); }

/// Builds a model or struct with declared initialisers where `given` has no value. `rng` is the
/// stream they draw from and is advanced.
Val Generator::build(const sema::Type &type, const DimScope &scope, const std::vector<Val> *given,
                     Val &rng, Loc where) {
  const sema::StructInfo &info = *type.structInfo;
  auto inner = std::make_shared<Frame>();
  inner->scope = scopeOf(type.binds, scope);
  loc =
      at(where); // of a size below 0 the caller's line is shown, not the field that meets it first
  for (const sema::DimVar *dim : info.dims) // in the order in which they are declared
    if (auto it = inner->scope.dims.find(dim); it != inner->scope.dims.end())
      it->second = checkedSize(it->second, dim->name);
  std::swap(frame, inner);
  Loc outerSite = callSite;
  if (where.valid() && !callOfLibrary.valid())
    callSite = where;
  for (const sema::DimFact &fact : info.checks)
    checkFact(fact);
  callSite = outerSite;
  if (info.rng)
    define(info.rng, rng);
  Val result;
  result.kind = info.isModel ? Val::Kind::Model : Val::Kind::Aggregate;
  for (size_t i = 0; i < info.fields.size(); ++i) {
    const sema::FieldInfo &field = info.fields[i];
    if (given && (*given)[i].kind != Val::Kind::Unit) {
      result.parts.push_back((*given)[i]);
    } else if (field.init) {
      Val value = eval(*field.init);
      if (isTensorField(field) && !value.is(Val::Kind::None)) {
        std::vector<Size> shape = shapeOf(field.type->shape);
        value = Val::tensor(
            broadcast(toTensor(value, elementType(field.type->dtype), field.loc), shape));
      }
      result.parts.push_back(value);
    } else {
      unsupported(field.loc, "field `" + field.name + "` has no value");
    }
  }
  if (info.rng)
    rng = lookup(info.rng);
  std::swap(frame, inner);
  return result;
}

/// array_init(element): equal models, stacked. One loop makes them, so the code does not grow with
/// their number.
Val Generator::primArrayInit(const sema::Prim &prim) {
  const sema::Type &type = *prim.type;
  const sema::Expr &elementExpr = *prim.args[0].value;
  Size count = sizeOf(type.count);
  std::vector<Slot> slots = assignedIn({&elementExpr});
  Values init = slotValues(slots);
  Val element;
  size_t paramCount = 0;
  Values results =
      loop(0, count, init, {}, [&](Size, llvm::ArrayRef<Value> carried, llvm::ArrayRef<Value>) {
        setSlots(slots, carried);
        element = eval(elementExpr);
        Values values = slotValues(slots);
        gatherLeaves(element, *type.elems[0], Role::Param, frame->scope, values);
        paramCount = values.size() - init.size();
        gatherLeaves(element, *type.elems[0], Role::State, frame->scope, values);
        return values;
      });
  setSlots(slots, llvm::ArrayRef(results).take_front(init.size()));
  const Value *param = results.data() + init.size(), *state = param + paramCount;
  Val like;
  like.parts = {element};
  Val array = structural(like, type, param, state);
  array.size = count;
  return array;
}

/// `?N` in the fields of one struct is one size.
void Generator::checkFieldSizes(const Val &value, const sema::StructInfo &info, Loc where) {
  std::map<const sema::DimVar *, std::pair<Size, std::string>> found;
  for (size_t i = 0; i < info.fields.size(); ++i) {
    const sema::FieldInfo &field = info.fields[i];
    if (!field.type->is(TypeKind::Tensor) || !value.parts[i].is(Val::Kind::Tensor))
      continue;
    for (size_t axis = 0; axis < field.type->shape.size(); ++axis) {
      const sema::ShapeElem &elem = field.type->shape[axis];
      const sema::DimVar *dim = elem.pack ? nullptr : elem.dim.asVar();
      if (!dim || dim->kind != sema::DimVar::Kind::Fresh)
        continue;
      Size here = shapeOf(value.parts[i].v)[axis];
      auto [other, isNew] = found.try_emplace(dim, here, field.name);
      if (!isNew && !(other->second.first == here))
        checkSizes({elem.dim, elem.dim, sema::BinaryOp::Eq,
                    dim->name + " of " + info.name + "." + other->second.second +
                        " == " + dim->name + " of " + info.name + "." + field.name,
                    where},
                   other->second.first, here);
    }
  }
}

Val Generator::construct(const sema::Construct &expr) {
  Val rng;
  if (expr.rng)
    rng = eval(*expr.rng);
  std::vector<Val> given;
  for (sema::Expr *field : expr.fields)
    given.push_back(field ? evalStored(*field) : Val());
  Val result = build(*expr.type, frame->scope, &given, rng, expr.loc);
  checkFieldSizes(result, *expr.type->structInfo, expr.loc);
  if (expr.rng)
    assign(*expr.rng, rng);
  return result;
}

/// The tensors of a structural model or a tensor, in field order.
void Generator::leafValues(const Val &value, Values &out) {
  if (value.is(Val::Kind::Tensor))
    out.push_back(value.v);
  for (const Val &part : value.parts)
    leafValues(part, out);
}

/// The value like `like` with other leaves, taken from the front of `values`.
Val Generator::withLeaves(const Val &like, llvm::ArrayRef<Value> &values) {
  Val out = like;
  if (like.is(Val::Kind::Tensor)) {
    out.v = values.front();
    values = values.drop_front();
  }
  for (Val &part : out.parts)
    part = withLeaves(part, values);
  return out;
}

/// Element i of something stacked on its first axis.
Val Generator::elementAt(const Val &stacked, const Size &index) {
  switch (stacked.kind) {
  case Val::Kind::Tensor: {
    std::vector<Size> shape = shapeOf(stacked.v), starts(shape.size(), 0), box = shape;
    starts[0] = index;
    box[0] = 1;
    shape.erase(shape.begin());
    return Val::tensor(reshape(sliceAt(stacked.v, starts, box), shape));
  }
  case Val::Kind::Array:
    return elementAt(stacked.parts[0], index);
  case Val::Kind::Model: {
    Val model = stacked;
    for (Val &part : model.parts)
      part = elementAt(part, index);
    return model;
  }
  case Val::Kind::List:
  case Val::Kind::Aggregate:
    return stacked.parts[index.constant];
  default:
    return stacked;
  }
}

} // namespace nnc::irgen
