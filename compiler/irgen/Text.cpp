// Strings: constants stay constants until they meet the runtime; `"text {x:.3}"` formats.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

Value Generator::text(StringRef value) { return host::TextOp::create(b, loc, value); }

/// A call of the runtime with a result (null type: none).
Value Generator::hostCall(StringRef callee, ValueRange args, Type result, bool context,
                          ArrayRef<int64_t> consumes) {
  SmallVector<Type> results;
  if (result)
    results.push_back(result);
  auto op = host::CallOp::create(b, loc, results, callee, args, !context,
                                 consumes.empty() ? DenseI64ArrayAttr()
                                                  : b.getDenseI64ArrayAttr(consumes));
  return result ? op.getResult(0) : Value();
}

Type Generator::handleType() { return host::HandleType::get(b.getContext()); }
Value Generator::i32(int64_t value) { return arith::ConstantIntOp::create(b, loc, value, 32); }

bool Generator::isText(const Val &value) {
  return value.is(Val::Kind::Text) || (value.is(Val::Kind::Handle) && value.text == "str");
}

Val Generator::string(Value handle) {
  Val value = Val::handle(handle);
  value.text = "str";
  return value;
}

/// Anything as a string of the runtime, by a format.
Value Generator::toHandle(const Val &value, const std::string &format) {
  switch (value.kind) {
  case Val::Kind::Text: {
    Value bytes = text(value.text);
    return hostCall("nnrt_str_new", {bytes, materialize(static_cast<int64_t>(value.text.size()))},
                    handleType());
  }
  case Val::Kind::Int:
    return hostCall("nnrt_format_i64", {materialize(value.size), text(format)}, handleType());
  case Val::Kind::Bool:
    return hostCall("nnrt_format_bool", {value.v, text(format)}, handleType());
  case Val::Kind::Tensor:
  case Val::Kind::Tree:
    return hostCall("nnrt_format_tensor", {value.v, text(format)}, handleType());
  case Val::Kind::Handle:
    if (value.text == "str" && format.empty())
      return value.v;
    return hostCall(value.text == "str" ? "nnrt_format_str" : "nnrt_format_handle",
                    {value.v, text(format)}, handleType());
  case Val::Kind::None: {
    Val none;
    none.kind = Val::Kind::Text;
    none.text = "none";
    return toHandle(none, {});
  }
  default:
    unsupported({}, "this value cannot be printed");
  }
}

Value Generator::concat(Value lhs, Value rhs) { return append(lhs, rhs); }

/// Prints and records inside `grad` leave the region with the tensors they show.
void Generator::effect(std::vector<Val> shown, std::function<void(std::vector<Val>)> emit) {
  if (!effects) {
    emit(std::move(shown));
    return;
  }
  Effect waiting;
  for (Val &value : shown) {
    const sema::Type *type = value.type;
    value = carriedForm(value, nullptr, frame->scope);
    value.type = type;
    collect(value, waiting.values);
  }
  Location here = loc;
  waiting.emit = [this, shown, emit, here](std::vector<Value> values) {
    Location outer = std::exchange(loc, here);
    llvm::ArrayRef<Value> rest(values);
    std::vector<Val> now;
    for (const Val &value : shown) {
      now.push_back(rebuild(value, rest));
      now.back().type = value.type;
    }
    emit(std::move(now));
    loc = outer;
  };
  effects->push_back(std::move(waiting));
}

Val Generator::evalInterp(const sema::Interp &expr) {
  std::string constant;
  bool allConstant = true;
  for (const sema::InterpPart &part : expr.parts) {
    allConstant &= !part.value;
    constant += part.text;
  }
  if (allConstant) {
    Val value;
    value.kind = Val::Kind::Text;
    value.text = constant;
    return value;
  }
  // Inside grad the text itself is made when it is printed: Kind::List with a mark.
  Val parts;
  parts.kind = Val::Kind::List;
  parts.text = "interp";
  for (const sema::InterpPart &part : expr.parts) {
    Val piece;
    if (part.value) {
      piece = eval(*part.value);
      piece.type = part.value->type;
    } else {
      piece.kind = Val::Kind::Text;
      piece.text = part.text;
    }
    Val format;
    format.kind = Val::Kind::Text;
    format.text = part.format;
    parts.parts.push_back(Val::aggregate({piece, format}));
  }
  return effects ? parts : string(interpolate(parts));
}

/// The text of an interpolation whose pieces are known.
Value Generator::interpolate(const Val &parts) {
  Value all;
  for (const Val &part : parts.parts) {
    if (part.parts[0].is(Val::Kind::Text) && part.parts[0].text.empty() &&
        (all || parts.parts.size() > 1))
      continue;
    Value piece = format(part.parts[0], part.parts[0].type, part.parts[1].text, false);
    all = all ? concat(all, piece) : piece;
  }
  return all ? all : constantText("");
}

Value Generator::textHandle(const Val &value) {
  return value.is(Val::Kind::List) && value.text == "interp" ? interpolate(value)
                                                             : format(value, value.type, {}, false);
}

Val Generator::textBinary(sema::BinaryOp op, const Val &lhs, const Val &rhs, Loc where) {
  using Op = sema::BinaryOp;
  if (op == Op::Add && lhs.is(Val::Kind::Text) && rhs.is(Val::Kind::Text)) {
    Val value = lhs;
    value.text += rhs.text;
    return value;
  }
  Value x = toHandle(lhs, {}), y = toHandle(rhs, {});
  if (op == Op::Add)
    return string(concat(x, y));
  if (op == Op::Eq || op == Op::Ne) {
    Value equal = hostCall("nnrt_str_equal", {x, y}, b.getI1Type(), false);
    Val flag = Val::boolean(equal);
    return op == Op::Eq ? flag
                        : Val::boolean(arith::XOrIOp::create(
                              b, loc, equal, arith::ConstantIntOp::create(b, loc, 1, 1)));
  }
  Value order = hostCall("nnrt_str_compare", {x, y}, b.getI32Type(), false);
  arith::CmpIPredicate predicate = op == Op::Lt   ? arith::CmpIPredicate::slt
                                   : op == Op::Le ? arith::CmpIPredicate::sle
                                   : op == Op::Gt ? arith::CmpIPredicate::sgt
                                                  : arith::CmpIPredicate::sge;
  return Val::boolean(arith::CmpIOp::create(b, loc, predicate, order, i32(0)));
}

} // namespace nnc::irgen
