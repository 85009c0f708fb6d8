// Entry, frames and variables.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace nnc::irgen {

Generator::Generator(const sema::Program &program, const SourceManager &sources, ModuleOp module,
                     const Options &options)
    : program(program), sources(sources), module(module), b(module.getContext()),
      loc(b.getUnknownLoc()), options(options) {
  frame = std::make_shared<Frame>();
  trainingRng.name = "training_rng";
}

Location Generator::at(Loc where) {
  if (!where.valid())
    return loc;
  if (callOfLibrary.valid() && libraryFiles.count(where.file))
    where = callOfLibrary;
  LineCol position = sources.lineCol(where);
  return FileLineColLoc::get(b.getContext(), sources.file(where.file).name(), position.line,
                             position.col);
}

/// Without a place of its own, the problem is where the compiler is now.
void Generator::unsupported(Loc where, std::string message, DiagKind kind) {
  if (!where.valid())
    where = evaluating;
  if (callOfLibrary.valid() && libraryFiles.count(where.file))
    where = callOfLibrary;
  throw Unsupported{where, std::move(message), kind};
}

/// The variable's value in this frame or in the one that the closure was written in.
Val &Generator::lookup(const sema::Var *var) {
  for (Frame *f = frame.get(); f; f = f->parent.get())
    if (auto it = f->vars.find(var); it != f->vars.end())
      return it->second;
  auto it = globals.find(var);
  if (it == globals.end())
    unsupported(var->loc, "`" + var->name + "` has no value here");
  return it->second;
}

void Generator::define(const sema::Var *var, Val value) {
  if (var->type && !var->resizes)
    bindFreshDims(var->type, value);
  (var->isTopLevel ? globals : frame->vars)[var] = std::move(value);
}

/// Sizes that this value decides: a dim variable of its type that stands alone and is not bound
/// yet.
void Generator::bindFreshDims(const sema::Type *type, const Val &value) {
  if (type->is(sema::Type::Kind::Tuple) && value.is(Val::Kind::Aggregate)) {
    for (size_t i = 0; i < type->elems.size(); ++i)
      bindFreshDims(type->elems[i], value.parts[i]);
    return;
  }
  if (!type->is(sema::Type::Kind::Tensor) || !value.is(Val::Kind::Tensor))
    return;
  for (size_t i = 0; i < type->shape.size(); ++i) {
    const sema::ShapeElem &elem = type->shape[i];
    if (elem.pack)
      return; // what follows a pack is bound by the call
    const sema::DimVar *dim = elem.dim.asVar();
    if (dim && dim->kind == sema::DimVar::Kind::Fresh && !frame->scope.dims.count(dim))
      frame->scope.dims[dim] = shapeOf(value.v)[i];
  }
}

void Generator::run() {
  b.setInsertionPointToEnd(module.getBody());
  auto main = func::FuncOp::create(b, loc, "program", b.getFunctionType({}, {}));
  b.setInsertionPointToEnd(main.addEntryBlock());
  if (options.tests) {
    makeTests();
    func::ReturnOp::create(b, loc);
    return;
  }
  for (auto &[var, value] : program.globals)
    define(var, evalStored(*value));
  declareArgs();
  if (program.body)
    evalBody(*program.body, nullptr);
  func::ReturnOp::create(b, loc);
}

OwningOpRef<ModuleOp> generate(const sema::Program &program, const SourceManager &sources,
                               MLIRContext *context, const Options &options, Diagnostics &diags) {
  context->loadDialect<arith::ArithDialect, func::FuncDialect, scf::SCFDialect, host::HostDialect,
                       nn::NNDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
  try {
    Generator generator(program, sources, *module, options);
    if (options.library.empty())
      generator.run();
    else
      generator.runLibrary();
  } catch (const Unsupported &problem) {
    diags.report(problem.kind, problem.loc, problem.message);
    return {};
  }
  return module;
}

} // namespace nnc::irgen
