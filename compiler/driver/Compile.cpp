// From a checked program, or the text of a stage, to what was asked for.
#include "compiler/driver/Compile.h"
#include "compiler/backend/Jit.h"
#include "compiler/backend/Link.h"
#include "compiler/backend/ObjectFile.h"
#include "compiler/diagnostics/Emitter.h"
#include "compiler/driver/Header.h"
#include "compiler/driver/Pipeline.h"
#include "compiler/driver/Register.h"
#include "compiler/irgen/Generate.h"
#include "compiler/lowering/gpu/Manifest.h"
#include "compiler/lowering/gpu/Passes.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/ToolOutputFile.h"
#include <iostream>

using namespace mlir;

namespace nnc {
namespace {

class Compilation {
public:
  Compilation(const CompileRequest &request) : request(request) {
    DialectRegistry registry;
    static const bool once = (registerPasses(), true); // parts of the pipeline are written as text
    (void)once;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    handler = context.getDiagEngine().registerHandler(
        [&](mlir::Diagnostic &d) { return onDiagnostic(d); });
  }

  int run() {
    if (request.stage == Stage::Ptx && request.target == "cpu")
      request.target = "cuda";
    if (request.target != "cpu" && !gpu::isGpuTarget(request.target)) {
      llvm::errs() << "error: there is no target `" << request.target
                   << "`: it is cpu, cuda, cuda:sm_80, sm_86, sm_87, sm_89, sm_90 or sm_90a\n";
      return 2;
    }
    if (!isProcessor(request.cpu)) {
      llvm::errs() << "error: there is no processor `" << request.cpu
                   << "`: it is native, x86-64-v3 or another one that clang knows\n";
      return 2;
    }
    Stage from = Stage::Host;
    if (!(request.program ? generate() : parse(from)))
      return userError ? 1 : 70;
    Stage to = request.stage == Stage::Ptx ? Stage::Linalg : std::min(request.stage, Stage::LLVM);
    if (from < to && !lower(from, to))
      return userError ? 1 : 70;
    if (request.stage <= Stage::LLVM)
      return print();
    if (request.stage == Stage::Ptx)
      return writePtx();
    return finish();
  }

private:
  /// Irgen's own findings are the user's; a diagnostic from a pass is an error of the program only
  /// where the pass names its kind in the metadata.
  LogicalResult onDiagnostic(mlir::Diagnostic &d) {
    if (d.getSeverity() != DiagnosticSeverity::Error)
      return success();
    std::string text = d.str();
    auto &kind = d.getMetadata(); // of an error of the program
    userError |= !kind.empty();
    llvm::errs() << "error";
    if (!kind.empty())
      llvm::errs() << "[" << kind.front() << "]";
    llvm::errs() << ": " << text << "\n";
    if (auto file = d.getLocation()->findInstanceOf<FileLineColLoc>())
      llvm::errs() << "  --> " << file.getFilename().getValue() << ":" << file.getLine() << ":"
                   << file.getColumn() << "\n";
    return success();
  }

  bool generate() {
    irgen::Options options;
    options.f64 = request.f64;
    options.tests = request.tests;
    options.programName = request.programName;
    options.library = request.library;
    std::string message;
    Diagnostics diags;
    module = irgen::generate(*request.program, *request.sources, &context, options, diags);
    if (diags.hasErrors()) {
      emit(std::cerr, *request.sources, diags, {colorFor(2)});
      userError = true;
      return false;
    }
    mark(Stage::Host);
    if (succeeded(verify(*module)))
      return true;
    internalError("irgen made IR that does not verify");
    return false;
  }

  bool parse(Stage &from) {
    std::string reason;
    auto file = openInputFile(request.input, &reason);
    userError = true;
    if (!file) {
      llvm::errs() << "error: " << reason << "\n";
      return false;
    }
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(std::move(file), {});
    module = parseSourceFile<ModuleOp>(sources, &context);
    if (!module)
      return false;
    auto stage = (*module)->getAttrOfType<StringAttr>("nnc.stage");
    auto known = stage ? stageOf(stage) : std::nullopt;
    if (!known) {
      llvm::errs() << "error: `" << request.input
                   << "` does not say which stage it is (module attribute nnc.stage)\n";
      return false;
    }
    from = *known;
    userError = false;
    return true;
  }

  bool lower(Stage from, Stage to) {
    for (int next = static_cast<int>(from) + 1; next <= static_cast<int>(to); ++next) {
      PassManager pm(&context);
      if (request.timing)
        pm.enableTiming();
      buildPipeline(pm, static_cast<Stage>(next - 1), static_cast<Stage>(next), request);
      if (failed(pm.run(*module))) {
        if (!userError)
          internalError("the way to the stage `" + stageName(static_cast<Stage>(next)).str() +
                        "` failed");
        return false;
      }
      mark(static_cast<Stage>(next));
    }
    return true;
  }

  void mark(Stage stage) {
    (*module)->setAttr("nnc.stage", StringAttr::get(&context, stageName(stage)));
  }

  void internalError(const std::string &what) {
    llvm::errs() << "internal error: " << what
                 << "; this is a fault of nnc. To report it, send the program and the flags\n";
  }

  int print() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->print(stream, OpPrintingFlags().enableDebugInfo(true, false));
    stream << "\n";
    return write(text);
  }

  int write(const std::string &bytes) {
    if (request.output.empty() || request.output == "-") {
      llvm::outs() << bytes;
      llvm::outs().flush();
      if (!llvm::outs().has_error())
        return 0;
      llvm::outs().clear_error();
      llvm::errs() << "error: cannot write to standard output\n";
      return 1;
    }
    std::string reason;
    auto file = openOutputFile(request.output, &reason);
    if (!file) {
      llvm::errs() << "error: " << reason << "\n";
      return 1;
    }
    file->os() << bytes;
    file->os().flush();
    if (file->os().has_error()) {
      file->os().clear_error();
      llvm::errs() << "error: cannot write `" << request.output << "`\n";
      return 1;
    }
    file->keep();
    return 0;
  }

  /// The PTX of all kernels, and with -o x.ptx the manifest beside it as x.json.
  int writePtx() {
    gpu::PtxOptions options;
    options.chip = gpu::chipOf(request.target);
    std::string ptx, manifest, error;
    for (auto kernels : module->getOps<mlir::gpu::GPUModuleOp>()) {
      manifest = gpu::manifestOf(kernels, options);
      if (!request.manifest && !gpu::emitPtx(kernels, options, ptx, error)) {
        internalError(error);
        return 70;
      }
    }
    if (manifest.empty()) {
      llvm::errs() << "error: this program computes nothing that could run on a GPU\n";
      return 1;
    }
    if (request.manifest)
      return write(manifest);
    if (int code = write(ptx))
      return code;
    if (request.output.empty() || request.output == "-")
      return 0;
    llvm::SmallString<128> beside(request.output);
    llvm::sys::path::replace_extension(beside, "json");
    request.output = beside.str().str();
    return write(manifest);
  }

  int finish() {
    ObjectOptions options;
    options.optLevel = request.optLevel;
    options.cpu = request.cpu;
    std::string object, error;
    if (!emitObject(*module, options, object, error)) {
      internalError(error);
      return 70;
    }
    if (request.run) {
      if (!request.cached.empty() && !linkForCache(object, request.cached, error))
        error.clear(); // it is only slower the next time
      int code = runObject(object, request.runtimeDir + "/libnnrt.so", request.arguments, error);
      if (!error.empty())
        internalError(error);
      return code;
    }
    if (request.stage == Stage::Obj)
      return write(object);
    if (!request.library.empty())
      return finishLibrary(object);
    if (!linkExecutable(object, request.runtimeDir + "/libnnrt.a", request.output, error)) {
      llvm::errs() << "error: " << error << "\n";
      return 1;
    }
    return 0;
  }

  /// The library, and beside it the header.
  int finishLibrary(const std::string &object) {
    std::vector<std::string> names{request.library + "_init", request.library + "_last_error"};
    for (const sema::FnInstance *fn : request.program->exports)
      names.push_back(request.library + "_" + fn->name);
    std::string error;
    if (!linkLibrary(object, request.runtimeDir + "/libnnrt.a", names, request.output, error)) {
      llvm::errs() << "error: " << error << "\n";
      return 1;
    }
    llvm::SmallString<128> beside(request.output);
    llvm::sys::path::replace_extension(beside, "h");
    request.output = beside.str().str();
    return write(headerOf(*request.program, request.library, request.programName));
  }

  CompileRequest request;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  DiagnosticEngine::HandlerID handler;
  bool userError = false;
};

} // namespace

int compile(const CompileRequest &request) { return Compilation(request).run(); }

} // namespace nnc
