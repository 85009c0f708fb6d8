// Primitives on text and files: calls of the runtime.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using Prim = sema::Prim;
using TypeKind = sema::Type::Kind;

Value Generator::textArg(const Prim &prim, size_t i) {
  return toHandle(eval(*prim.args[i].value), {});
}

/// str -> str, or (str, str, str) -> str
Val Generator::primStrToStr(const Prim &prim) {
  Values args;
  for (size_t i = 0; i < prim.args.size(); ++i)
    args.push_back(textArg(prim, i));
  return string(hostCall("nnrt_str_" + prim.name.substr(4), args, handleType()));
}

Val Generator::primStrSplit(const Prim &prim) {
  Value whole = textArg(prim, 0);
  return Val::handle(hostCall("nnrt_str_split", {whole, textArg(prim, 1)}, handleType()));
}

/// starts_with, ends_with, contains
Val Generator::primStrTest(const Prim &prim) {
  Value whole = textArg(prim, 0), part = textArg(prim, 1);
  if (prim.name != "str.contains")
    return Val::boolean(
        hostCall("nnrt_str_" + prim.name.substr(4), {whole, part}, b.getI1Type(), false));
  Value at = hostCall("nnrt_str_find", {whole, part}, b.getIndexType(), false);
  return Val::boolean(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, at, materialize(0)));
}

Val Generator::primStrFind(const Prim &prim) {
  Value whole = textArg(prim, 0);
  Value at = hostCall("nnrt_str_find", {whole, textArg(prim, 1)}, b.getIndexType(), false);
  Val found;
  found.kind = Val::Kind::Maybe;
  found.v = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, at, materialize(0));
  found.parts = {Val::integer(Size(at))};
  return found;
}

/// int.parse, f32.parse, ...: the number, or nothing where the text is none.
Val Generator::primStrParse(const Prim &prim) {
  const sema::Type &type = *prim.type->elems[0];
  bool isFloat = type.isFloat();
  Type number = isFloat ? Type(b.getF64Type()) : Type(b.getIndexType());
  auto parse = host::ParseOp::create(b, loc, TypeRange{b.getI1Type(), number}, textArg(prim, 0));
  Val value;
  value.kind = Val::Kind::Maybe;
  value.v = parse.getOk();
  if (type.is(TypeKind::Int)) {
    value.parts = {Val::integer(Size(parse.getNumber()))};
    return value;
  }
  if (!isFloat && type.dtype != sema::DType::I64 && type.dtype != sema::DType::U64) {
    auto element = mlir::cast<IntegerType>(elementType(type.dtype));
    unsigned bits = element.getWidth() - !element.isUnsigned();
    Value least = materialize(element.isUnsigned() ? 0 : -(int64_t(1) << bits));
    Value most = materialize((int64_t(1) << bits) - 1);
    for (auto [predicate, bound] :
         {std::pair(arith::CmpIPredicate::sge, least), std::pair(arith::CmpIPredicate::sle, most)})
      value.v = arith::AndIOp::create(
          b, loc, value.v, arith::CmpIOp::create(b, loc, predicate, parse.getNumber(), bound));
  }
  value.parts = {Val::tensor(host::ScalarOp::create(
      b, loc, RankedTensorType::get({}, elementType(type.dtype)), parse.getNumber()))};
  return value;
}

/// What is differentiated is one computation, whose parts have no order in time.
void Generator::keepFilesOut(const Prim &prim) {
  if (inGraph)
    unsupported(prim.loc,
                "files are not read or written inside of `grad`, `remat` and `vmap`: do it before");
}

/// str.bytes, file.read_bytes: u8[?N]
Val Generator::primBytes(const Prim &prim) {
  if (prim.name != "str.bytes")
    keepFilesOut(prim);
  auto bytes = RankedTensorType::get({ShapedType::kDynamic}, elementType(sema::DType::U8));
  StringRef name = prim.name == "str.bytes" ? "nnrt_str_bytes" : "nnrt_file_read_bytes";
  return Val::tensor(hostCall(name, {textArg(prim, 0)}, bytes));
}

Val Generator::primFileRead(const Prim &prim) {
  keepFilesOut(prim);
  return string(hostCall("nnrt_file_read_text", {textArg(prim, 0)}, handleType()));
}
Val Generator::primFileLines(const Prim &prim) {
  keepFilesOut(prim);
  return Val::handle(hostCall("nnrt_file_lines", {textArg(prim, 0)}, handleType()));
}
Val Generator::primFileExists(const Prim &prim) {
  keepFilesOut(prim);
  return Val::boolean(hostCall("nnrt_file_exists", {textArg(prim, 0)}, b.getI1Type(), false));
}
Val Generator::primFileWrite(const Prim &prim) {
  keepFilesOut(prim);
  Value path = textArg(prim, 0);
  hostCall("nnrt_file_write", {path, textArg(prim, 1)}, {});
  return {};
}

} // namespace nnc::irgen
