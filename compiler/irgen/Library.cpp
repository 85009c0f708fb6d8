// A library: each `export fn` as a function that C calls, and one that makes the values of the top
// level that these use.
//
// Note [Libraries]
// Of the statements at the top level only those run that a value needs which an export uses: its
// `let`, and what changes the variables that this reads. They become `@library`, which gives one
// struct of all values that the exports share. An export is `@export.NAME(values, arguments..)`:
// pointers for tensors and scalars, indices for ints and sizes. It is made in the sight of the
// values that @library computes, so constants stay constants; what it uses of the others is then
// read from the struct. The wrappers that C sees are made with the rest of the entry, when the
// program becomes LLVM functions.
#include "compiler/frontend/sema/Ports.h"
#include "compiler/frontend/sema/TopReads.h"
#include "compiler/irgen/Changes.h"
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nnc::irgen {

using PortRole = sema::Port::Role;
using TypeKind = sema::Type::Kind;

static void boundBy(const sema::Pattern &pattern, Vars &out) {
  if (pattern.var)
    out.insert(pattern.var);
  for (const sema::Pattern *part : pattern.parts)
    boundBy(*part, out);
}

namespace {
/// The statements of the top level that the exports need.
struct Needed {
  struct Part {
    const sema::Stmt *stmt;
    Vars makes; // what it binds or changes
    bool in = false;
  };
  const sema::Program &program;
  std::vector<Part> parts = {};
  sema::TopReads reads{/*withSizes=*/true};

  explicit Needed(const sema::Program &program) : program(program) {
    std::map<const sema::Var *, Vars> byCalling; // what calling a function variable changes
    for (const sema::Stmt *stmt : program.body->stmts) {
      Part part{stmt, {}};
      Vars functions;
      assignedVars(*stmt, part.makes, functions);
      for (const sema::Var *function : functions)
        part.makes.insert(byCalling[function].begin(), byCalling[function].end());
      if (stmt->kind == sema::StmtKind::Let) {
        Vars bound;
        boundBy(*sema::as<sema::LetStmt>(*stmt).pattern, bound);
        for (const sema::Var *var : bound)
          byCalling[var] = part.makes;
        part.makes.insert(bound.begin(), bound.end());
      }
      parts.push_back(std::move(part));
    }
    for (const sema::FnInstance *fn : program.exports)
      reads.function(fn);
    size_t before;
    do { // until nothing more is needed
      before = reads.vars.size();
      for (const sema::ArgDecl &arg : program.args)
        if (reads.has(arg.var) && arg.init)
          reads.visit(*arg.init);
      for (auto &[var, value] : program.globals)
        if (reads.has(var))
          reads.visit(*value);
      for (Part &part : llvm::reverse(parts))
        if (!part.in && llvm::any_of(part.makes, [&](auto *var) { return reads.has(var); })) {
          part.in = true;
          reads.visit(*part.stmt);
        }
    } while (reads.vars.size() != before);
  }
};
} // namespace

/// Note [Libraries]
void Generator::runLibrary() {
  b.setInsertionPointToEnd(module.getBody());
  auto init = func::FuncOp::create(b, loc, "library", b.getFunctionType({}, {handleType()}));
  b.setInsertionPointToEnd(init.addEntryBlock());
  Needed needed(program);
  for (const sema::ArgDecl &arg : program.args) {
    if (!needed.reads.has(arg.var))
      continue;
    if (!arg.init && !arg.var->type->is(TypeKind::Optional))
      throw Unsupported{arg.var->loc,
                        "`" + arg.var->name +
                            "` has no default, and nobody gives flags to a library",
                        DiagKind::BadExport};
    loc = at(arg.var->loc);
    define(arg.var, arg.init ? evalStored(*arg.init) : Val::none());
  }
  for (auto &[var, value] : program.globals)
    if (needed.reads.has(var))
      define(var, evalStored(*value));
  sema::Block statements;
  statements.type = program.body->type;
  for (const Needed::Part &part : needed.parts)
    if (part.in)
      statements.stmts.push_back(const_cast<sema::Stmt *>(part.stmt));
  evalBody(statements, nullptr);

  std::vector<Attribute> described;
  std::vector<std::pair<func::FuncOp, Values>> functions; // with the values that they share
  llvm::SetVector<Value> shared;
  for (const sema::FnInstance *fn : program.exports) {
    func::FuncOp function = makeExport(*fn, described);
    functions.push_back({function, closeOver(function)});
    shared.insert(functions.back().second.begin(), functions.back().second.end());
  }
  loc = b.getUnknownLoc();
  Values values(shared.begin(), shared.end());
  func::ReturnOp::create(b, loc, newStruct(values));
  for (auto &[function, used] : functions)
    readShared(function, used, values);
  module->setAttr("host.library", b.getStringAttr(options.library));
  module->setAttr("host.exports", b.getArrayAttr(described));
}

/// The last arguments of `function` stand for `used`: they are read from the struct instead.
void Generator::readShared(func::FuncOp function, const Values &used, const Values &values) {
  OpBuilder::InsertionGuard guard(b);
  Block &entry = function.getBody().front();
  b.setInsertionPointToStart(&entry);
  unsigned first = entry.getNumArguments() - used.size();
  for (size_t i = 0; i < used.size(); ++i) {
    size_t slot = llvm::find(values, used[i]) - values.begin();
    Value value = slotValue(entry.getArgument(0), slot, used[i].getType(), false);
    entry.getArgument(first + i).replaceAllUsesWith(value);
  }
  entry.eraseArguments(first, used.size());
  function.setFunctionType(b.getFunctionType(entry.getArgumentTypes(), {}));
}

static Type typeInC(const sema::Port &port, OpBuilder &b) {
  if (port.role == PortRole::Int || port.role == PortRole::Size)
    return b.getI64Type();
  if (port.role != PortRole::Scalar)
    return host::PtrType::get(b.getContext());
  switch (port.type->dtype) {
  case sema::DType::F64:
    return b.getF64Type();
  case sema::DType::F32:
    return b.getF32Type();
  case sema::DType::F16:
  case sema::DType::BF16:
  case sema::DType::I16:
  case sema::DType::U16:
    return b.getI16Type();
  case sema::DType::I8:
  case sema::DType::U8:
  case sema::DType::Bool:
    return b.getI8Type();
  case sema::DType::I32:
  case sema::DType::U32:
    return b.getI32Type();
  default:
    return b.getI64Type();
  }
}

/// One entry of `host.exports`, and the function.
func::FuncOp Generator::makeExport(const sema::FnInstance &fn, std::vector<Attribute> &described) {
  OpBuilder::InsertionGuard guard(b);
  std::vector<sema::Port> ports = sema::portsOf(fn);
  std::vector<Type> arguments{handleType()};
  std::vector<Attribute> types;
  for (const sema::Port &port : ports) {
    bool isIndex = port.role == PortRole::Int || port.role == PortRole::Size;
    arguments.push_back(isIndex ? Type(b.getIndexType()) : host::PtrType::get(b.getContext()));
    types.push_back(TypeAttr::get(typeInC(port, b)));
  }
  HostFunction function = beginFunction("export." + fn.name, arguments, {});
  described.push_back(
      b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(options.library + "_" + fn.name)),
                           b.getNamedAttr("function", b.getStringAttr(function.name)),
                           b.getNamedAttr("types", b.getArrayAttr(types))}));
  frame->fn = &fn;
  Location outer = std::exchange(loc, at(fn.loc));
  auto argument = [&](size_t i) { return function.arguments[i + 1]; };
  for (auto [i, port] : llvm::enumerate(ports)) {
    Size size(argument(i));
    const sema::DimVar *dim = port.dim;
    if (!dim)
      continue;
    if (sema::isOfProgram(*dim)) {
      Value actual = materialize(lookup(dim->var).size);
      hostCall("nnrt_library_size", {text(port.name), materialize(size), actual}, {});
      continue;
    }
    hostCall("nnrt_check_size", {text(port.name), size.value}, {});
    frame->scope.dims[dim] = size;
  }
  for (auto [i, port] : llvm::enumerate(ports)) // facts may mention any int
    if (port.role == PortRole::Int)
      define(port.param, Val::integer(Size(argument(i))));
  for (const sema::DimFact &fact : fn.checks) // before anything is read
    checkFact(fact);
  for (auto [i, port] : llvm::enumerate(ports))
    if (port.role == PortRole::Tensor || port.role == PortRole::Scalar)
      define(port.param, fromC(port, argument(i)));
  Val result = carriedForm(evalBody(*fn.body, fn.result), fn.result, frame->scope);
  std::vector<Val> leaves{result};
  size_t leaf = 0;
  for (auto [i, port] : llvm::enumerate(ports)) {
    if (port.role != PortRole::Result)
      continue;
    while (leaves[leaf].is(Val::Kind::Aggregate)) {
      Val tuple = leaves[leaf];
      leaves.erase(leaves.begin() + leaf);
      leaves.insert(leaves.begin() + leaf, tuple.parts.begin(), tuple.parts.end());
    }
    hostCall("nnrt_library_output", {text(port.name), toC(leaves[leaf++], *port.type), argument(i)},
             {});
  }
  endFunction(function, {});
  loc = outer;
  return function.op;
}

/// The tensor or scalar that `at` points to.
Val Generator::fromC(const sema::Port &port, Value at) {
  Sizes shape = shapeOf(port.type->shape);
  Values sizes;
  for (const Size &size : shape)
    sizes.push_back(materialize(size));
  Value tensor =
      hostCall("nnrt_library_input",
               {text(port.name), i32(dtypeNumber(port.type->dtype)),
                i32(static_cast<int64_t>(shape.size())), host::SizesOp::create(b, loc, sizes), at},
               tensorType(elementType(port.type->dtype), shape));
  noteSizes(tensor, shape);
  if (port.type->isScalar() && port.type->dtype == sema::DType::Bool)
    return Val::boolean(host::ItemOp::create(b, loc, b.getI1Type(), tensor));
  return Val::tensor(tensor);
}

/// A result as a tensor of the type that C reads.
Value Generator::toC(const Val &value, const sema::Type &type) {
  if (type.is(TypeKind::Int))
    return host::ScalarOp::create(b, loc, RankedTensorType::get({}, b.getI64Type()),
                                  materialize(value.size));
  return toTensor(value, elementType(type.dtype), {});
}

} // namespace nnc::irgen
