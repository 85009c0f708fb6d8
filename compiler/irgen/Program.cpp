// The program around the statements: its flags, facts checked when running, tests of purity.
#include "compiler/frontend/sema/Walk.h"
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/Regex.h"

using namespace mlir;

namespace nnc::irgen {

using TypeKind = sema::Type::Kind;

static constexpr int kStrArg = 100; // NNRT_ARG_STR

/// The text of a literal as a flag would have it; nothing for other expressions.
static std::optional<std::string> flagText(StringRef source) {
  static llvm::Regex number("^-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?$");
  if (source == "true" || source == "false" || number.match(source))
    return source.str();
  if (source.size() >= 2 && source.front() == '"' && source.back() == '"' &&
      source.find_first_of("{\\") == StringRef::npos)
    return source.drop_front().drop_back().str();
  return std::nullopt;
}

/// Every `arg` becomes a flag of the program; the module's `host.args` describes them for the
/// entry.
void Generator::declareArgs() {
  std::vector<Attribute> specs;
  for (size_t i = 0; i < program.args.size(); ++i) {
    const sema::ArgDecl &arg = program.args[i];
    bool isOptional = arg.var->type->is(TypeKind::Optional);
    const sema::Type &type = isOptional ? *arg.var->type->elems[0] : *arg.var->type;
    int code = type.is(TypeKind::Str)   ? kStrArg
               : type.is(TypeKind::Int) ? dtypeNumber(sema::DType::I64)
                                        : static_cast<int>(type.dtype);
    std::vector<NamedAttribute> spec{b.getNamedAttr("name", b.getStringAttr(arg.var->name)),
                                     b.getNamedAttr("type", b.getI32IntegerAttr(code))};
    if (!arg.init && !isOptional)
      spec.push_back(b.getNamedAttr("required", b.getUnitAttr()));
    std::optional<std::string> byDefault = arg.fixed ? arg.fixed : flagText(arg.defaultText);
    if (arg.fixed)
      spec.push_back(b.getNamedAttr("fixed", b.getStringAttr(*arg.fixed)));
    if (byDefault)
      spec.push_back(b.getNamedAttr("default", b.getStringAttr(*byDefault)));
    else if (arg.init && arg.init->kind != sema::ExprKind::None)
      spec.push_back(b.getNamedAttr("source", b.getStringAttr(arg.defaultText)));
    if (!arg.help.empty())
      spec.push_back(b.getNamedAttr("help", b.getStringAttr(arg.help)));
    specs.push_back(b.getDictionaryAttr(spec));
    Value index = i32(static_cast<int64_t>(i));
    auto read = [&]() -> Val {
      if (type.is(TypeKind::Str))
        return string(hostCall("nnrt_arg_str", {index}, handleType()));
      if (type.is(TypeKind::Int))
        return Val::integer(Size(hostCall("nnrt_arg_i64", {index}, b.getIndexType())));
      if (type.dtype == sema::DType::Bool)
        return Val::boolean(hostCall("nnrt_arg_bool", {index}, b.getI1Type()));
      auto tensor = RankedTensorType::get({}, elementType(type.dtype));
      if (isa<FloatType>(tensor.getElementType()))
        return Val::tensor(host::ScalarOp::create(
            b, loc, tensor, hostCall("nnrt_arg_f64", {index}, b.getF64Type())));
      return Val::tensor(host::ScalarOp::create(
          b, loc, tensor, hostCall("nnrt_arg_i64", {index}, b.getIndexType())));
    };
    loc = at(arg.var->loc);
    Val value;
    if (arg.fixed) {
      value = eval(*arg.init);
    } else if (!isOptional && (!arg.init || byDefault)) {
      value = read();
    } else {
      Val given = Val::boolean(hostCall("nnrt_arg_given", {index}, b.getI1Type()));
      auto byDefault = [&] { return arg.init ? eval(*arg.init) : Val::none(); };
      value = branch(given, read, byDefault, {}, arg.var->type);
    }
    define(arg.var, value);
  }
  module->setAttr("host.args", b.getArrayAttr(specs));
  module->setAttr("host.name", b.getStringAttr(options.programName));
}

/// A fact about sizes that could not be proved: an error now if all is constant, else a check when
/// running.
void Generator::checkFact(const sema::DimFact &fact) {
  checkSizes(fact, sizeOf(fact.lhs), sizeOf(fact.rhs));
}

/// The fact, whose sides have these values here.
void Generator::checkSizes(const sema::DimFact &fact, const Size &lhs, const Size &rhs) {
  Val holds = binary(fact.op, Val::integer(lhs), Val::integer(rhs), nullptr, fact.loc);
  std::string call;
  if (callSite.valid() && !(callSite == fact.loc)) {
    LineCol position = sources.lineCol(callSite);
    call = sources.file(callSite.file).name() + ":" + std::to_string(position.line) + ":" +
           std::to_string(position.col);
  }
  if (std::optional<bool> known = knownCondition(holds)) {
    if (!*known)
      unsupported(fact.loc,
                  "`" + fact.text + "` does not hold: its sides are " +
                      std::to_string(lhs.constant) + " and " + std::to_string(rhs.constant) +
                      (call.empty() ? "" : ", in the call at " + call),
                  DiagKind::FactFails);
    return;
  }
  if (inGraph) // checked where the sizes came in
    return;
  Location outer = std::exchange(loc, at(fact.loc));
  hostCall("nnrt_check_fact",
           {holds.v, text(fact.text), materialize(lhs), materialize(rhs), text(call)}, {});
  loc = outer;
}

/// / % ^ of ints with a right side that must be looked at when running.
Val Generator::checkedIntOp(sema::BinaryOp op, const Size &lhs, const Size &rhs) {
  StringRef name = op == sema::BinaryOp::Div   ? "nnrt_int_div"
                   : op == sema::BinaryOp::Mod ? "nnrt_int_rem"
                                               : "nnrt_int_pow";
  if (op == sema::BinaryOp::Pow && rhs.isConstant() && rhs.constant >= 0 && rhs.constant < 64) {
    Size power = 1;
    for (int64_t i = 0; i < rhs.constant; ++i)
      power = arith(sema::BinaryOp::Mul, power, lhs);
    return Val::integer(power);
  }
  if (inGraph)
    return Val::integer(arith(op, lhs, rhs));
  return Val::integer(Size(hostCall(name, {materialize(lhs), materialize(rhs)}, b.getIndexType())));
}

/// Text, lists and the like live in the runtime only.
static bool needsHost(const sema::Type *type) {
  switch (type ? type->kind : TypeKind::Unit) {
  case TypeKind::Str:
  case TypeKind::List:
  case TypeKind::Map:
  case TypeKind::Dataset:
  case TypeKind::Batches:
    return true;
  case TypeKind::Tuple:
  case TypeKind::Optional:
    return llvm::any_of(type->elems, needsHost);
  default:
    return false;
  }
}

/// Whether evaluating makes nothing but tensors: no output, files, lists or text.
bool Generator::isPure(const sema::Expr &expr) {
  bool pure = true;
  auto onStmt = [&](const sema::Stmt &s) {
    pure &= s.kind != sema::StmtKind::Expect;
    pure &= s.kind != sema::StmtKind::For || !sema::as<sema::ForStmt>(s).resizes;
    pure &= s.kind != sema::StmtKind::While || !sema::as<sema::WhileStmt>(s).resizes;
  };
  auto onExpr = [&](const sema::Expr &e) {
    if (!pure)
      return;
    switch (e.kind) {
    case sema::ExprKind::Prim:
      pure = !isEffect(sema::as<sema::Prim>(e).name);
      break;
    case sema::ExprKind::If:
      pure = !sema::as<sema::If>(e).resizes;
      break;
    case sema::ExprKind::VarRef:
      pure = !needsHost(e.type);
      break;
    case sema::ExprKind::Str:
    case sema::ExprKind::Interp:
    case sema::ExprKind::ListLit:
    case sema::ExprKind::MapLit:
    case sema::ExprKind::Catch:
    case sema::ExprKind::Variant:
    case sema::ExprKind::Match:
    case sema::ExprKind::IfLet:
      pure = false;
      break;
    case sema::ExprKind::Call: {
      const sema::FnInstance *fn = sema::as<sema::Call>(e).fn;
      auto [it, isNew] =
          purity.try_emplace(fn, true); // a function that calls itself counts as pure so far
      if (isNew)
        it->second = fn->body && isPure(*fn->body);
      pure = purity[fn] && !fn->isRecursive;
      break;
    }
    default:
      break;
    }
  };
  sema::walkTree(expr, onExpr, onStmt);
  return pure;
}

} // namespace nnc::irgen
