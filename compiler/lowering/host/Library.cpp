// What C sees of a library: one function per export, X_init and X_last_error.
//
// A function puts its arguments into memory, eight bytes each, and hands that to the runtime with
// another one that reads them and calls the export; the runtime catches what the export throws.
#include "compiler/lowering/host/Tables.h"
#include "dialects/host/HostDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace nnc {
namespace {

class LibraryEntry {
public:
  LibraryEntry(ModuleOp module)
      : module(module), b(OpBuilder::atBlockEnd(module.getBody())), loc(module.getLoc()),
        ptr(LLVM::LLVMPointerType::get(module.getContext())), i32(b.getI32Type()),
        i64(b.getI64Type()), none(LLVM::LLVMVoidType::get(module.getContext())) {}

  void add(StringRef name, ArrayAttr exports) {
    addState();
    for (auto entry : exports.getAsRange<DictionaryAttr>())
      addExport(entry);
    addFunction((name + "_init").str(), i32, {}, [&](Block &) {
      Value null = LLVM::ZeroOp::create(b, loc, ptr);
      return call("nnrt_library_call", i32, {address("nnc_library"), null, null});
    });
    addFunction((name + "_last_error").str(), ptr, {},
                [&](Block &) { return call("nnrt_library_error", ptr, {}); });
  }

private:
  Value address(StringRef symbol) { return LLVM::AddressOfOp::create(b, loc, ptr, symbol); }

  Value call(StringRef name, Type result, ArrayRef<Value> args) {
    auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
    if (!function) {
      SmallVector<Type> types;
      for (Value arg : args)
        types.push_back(arg.getType());
      OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
      function =
          LLVM::LLVMFuncOp::create(top, loc, name, LLVM::LLVMFunctionType::get(result, types));
    }
    return LLVM::CallOp::create(b, loc, function, args).getResult();
  }

  template <class Body>
  LLVM::LLVMFuncOp addFunction(const std::string &name, Type result, ArrayRef<Type> arguments,
                               Body body) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(module.getBody());
    auto function =
        LLVM::LLVMFuncOp::create(b, loc, name, LLVM::LLVMFunctionType::get(result, arguments));
    Block *block = function.addEntryBlock(b);
    b.setInsertionPointToEnd(block);
    Value value = body(*block);
    LLVM::ReturnOp::create(b, loc, value ? ValueRange(value) : ValueRange());
    return function;
  }

  /// nnrt_library: init, state
  void addState() {
    OpBuilder::InsertionGuard guard(b);
    auto type = LLVM::LLVMStructType::getLiteral(module.getContext(), {ptr, ptr});
    auto global = LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/false,
                                         LLVM::Linkage::Internal, "nnc_library", Attribute(), 8);
    b.createBlock(&global.getInitializerRegion());
    Value value = LLVM::UndefOp::create(b, loc, type);
    Value parts[] = {address("library"), LLVM::ZeroOp::create(b, loc, ptr)};
    for (int64_t i = 0; i < 2; ++i)
      value = LLVM::InsertValueOp::create(b, loc, value, parts[i], ArrayRef<int64_t>{i});
    LLVM::ReturnOp::create(b, loc, value);
  }

  Value slot(Value memory, size_t i) {
    return LLVM::GEPOp::create(b, loc, ptr, i64, memory,
                               ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
  }

  void addExport(DictionaryAttr entry) {
    std::string name = entry.getAs<StringAttr>("name").str();
    auto target = module.lookupSymbol<LLVM::LLVMFuncOp>(entry.getAs<StringAttr>("function"));
    SmallVector<Type> types;
    SmallVector<bool> isPointer;
    for (auto type : entry.getAs<ArrayAttr>("types").getAsValueRange<TypeAttr>()) {
      isPointer.push_back(isa<host::PtrType>(type));
      types.push_back(isPointer.back() ? Type(ptr) : type);
    }
    auto body = addFunction(name + ".body", none, {ptr, ptr, ptr}, [&](Block &block) {
      SmallVector<Value> args{block.getArgument(0), block.getArgument(1)};
      auto wanted = target.getFunctionType().getParams();
      for (size_t i = 0; i < types.size(); ++i) {
        Value at = slot(block.getArgument(2), i);
        bool byAddress = wanted[i + 2] == ptr && !isPointer[i]; // a scalar
        args.push_back(byAddress ? at : Value(LLVM::LoadOp::create(b, loc, types[i], at)));
      }
      LLVM::CallOp::create(b, loc, target, args);
      return Value();
    });
    body.setLinkage(LLVM::Linkage::Internal);
    addFunction(name, i32, types, [&](Block &block) {
      Value count = LLVM::ConstantOp::create(b, loc, i64, std::max<int64_t>(types.size(), 1));
      Value memory = LLVM::AllocaOp::create(b, loc, ptr, i64, count, 8);
      for (size_t i = 0; i < types.size(); ++i)
        LLVM::StoreOp::create(b, loc, block.getArgument(i), slot(memory, i));
      return call("nnrt_library_call", i32,
                  {address("nnc_library"), address(body.getName()), memory});
    });
  }

  ModuleOp module;
  OpBuilder b;
  Location loc;
  LLVM::LLVMPointerType ptr;
  Type i32, i64, none;
};

} // namespace

bool addLibraryEntry(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>("host.library");
  if (!name)
    return false;
  LibraryEntry(module).add(name, module->getAttrOfType<ArrayAttr>("host.exports"));
  return true;
}

} // namespace nnc
