#include "compiler/lowering/host/Tables.h"
#include "compiler/lowering/DTypeCode.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA1.h"

using namespace mlir;

namespace nnc {

static std::string nameOf(StringRef kind, StringRef bytes) {
  return (kind + "." + llvm::toHex(llvm::SHA1::hash(llvm::arrayRefFromStringRef(bytes)), true))
      .str()
      .substr(0, kind.size() + 17);
}

static LLVM::GlobalOp addGlobal(ModuleOp module, StringRef name, Type type, Attribute value,
                                bool constant = true) {
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  auto linkage = LLVM::Linkage::Internal;
  return LLVM::GlobalOp::create(b, module.getLoc(), type, constant, linkage, name, value,
                                /*alignment=*/64);
}

std::string Tables::string(StringRef text) {
  std::string name = nameOf("text", text);
  if (!module.lookupSymbol(name)) {
    std::string bytes = (text + StringRef("\0", 1)).str();
    auto type = LLVM::LLVMArrayType::get(IntegerType::get(module.getContext(), 8), bytes.size());
    addGlobal(module, name, type, StringAttr::get(module.getContext(), bytes));
  }
  return name;
}

std::string Tables::integers(ArrayRef<int64_t> values) {
  StringRef bytes(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(int64_t));
  std::string name = nameOf("ints", bytes);
  if (!module.lookupSymbol(name)) {
    auto i64 = IntegerType::get(module.getContext(), 64);
    SmallVector<int64_t> data(values);
    if (data.empty())
      data.push_back(0);
    auto type = RankedTensorType::get({static_cast<int64_t>(data.size())}, i64);
    addGlobal(module, name, LLVM::LLVMArrayType::get(i64, data.size()),
              DenseElementsAttr::get(type, ArrayRef<int64_t>(data)));
  }
  return name;
}

std::string Tables::elements(DenseElementsAttr attr) {
  // The bytes as the runtime stores them: a bool is one byte.
  std::string bytes;
  if (attr.getElementType().isInteger(1)) {
    for (bool value : attr.getValues<bool>())
      bytes.push_back(value);
  } else {
    ArrayRef<char> raw = attr.getRawData();
    for (int64_t i = 0, n = attr.isSplat() ? attr.getNumElements() : 1; i < n; ++i)
      bytes.append(raw.begin(), raw.end());
  }
  if (bytes.empty())
    bytes.push_back(0);
  std::string name = nameOf("data", bytes);
  if (!module.lookupSymbol(name)) {
    auto type = LLVM::LLVMArrayType::get(IntegerType::get(module.getContext(), 8), bytes.size());
    addGlobal(module, name, type, StringAttr::get(module.getContext(), bytes));
  }
  return name;
}

namespace {
/// Builds a struct or array constant inside a global's initialiser.
struct Initialiser {
  OpBuilder b;
  Location loc;
  Initialiser(LLVM::GlobalOp global) : b(global.getContext()), loc(global.getLoc()) {
    b.createBlock(&global.getInitializerRegion());
  }
  Value pointer(StringRef symbol) {
    auto ptr = LLVM::LLVMPointerType::get(b.getContext());
    if (symbol.empty())
      return LLVM::ZeroOp::create(b, loc, ptr);
    return LLVM::AddressOfOp::create(b, loc, ptr, symbol);
  }
  Value i32(int64_t v) { return LLVM::ConstantOp::create(b, loc, b.getI32Type(), v); }
  Value aggregate(Type type, ArrayRef<Value> values) {
    Value out = LLVM::UndefOp::create(b, loc, type);
    for (auto [i, v] : llvm::enumerate(values))
      out = LLVM::InsertValueOp::create(b, loc, out, v, ArrayRef<int64_t>{static_cast<int64_t>(i)});
    return out;
  }
  void finish(Value v) { LLVM::ReturnOp::create(b, loc, v); }
};
} // namespace

static LLVM::LLVMStructType structOf(MLIRContext *c, ArrayRef<Type> types) {
  return LLVM::LLVMStructType::getLiteral(c, types);
}

std::string Tables::tree(ArrayAttr names, ArrayAttr types) {
  MLIRContext *c = module.getContext();
  std::string key;
  llvm::raw_string_ostream(key) << names << types;
  std::string name = nameOf("tree", key);
  if (module.lookupSymbol(name))
    return name;
  auto ptr = LLVM::LLVMPointerType::get(c);
  auto i32 = IntegerType::get(c, 32);
  auto leafType = structOf(c, {ptr, i32, i32, ptr});
  auto leavesType = LLVM::LLVMArrayType::get(leafType, std::max<size_t>(names.size(), 1));
  // nnrt_leaf: an entry -1-k of a shape is dims[k].
  std::vector<std::string> texts, shapes;
  int64_t dynamic = 0;
  for (auto [leaf, type] : llvm::zip(names, types)) {
    texts.push_back(string(cast<StringAttr>(leaf).getValue()));
    SmallVector<int64_t> shape;
    for (int64_t d : cast<RankedTensorType>(cast<TypeAttr>(type).getValue()).getShape())
      shape.push_back(ShapedType::isDynamic(d) ? -1 - dynamic++ : d);
    shapes.push_back(integers(shape));
  }
  auto leaves = addGlobal(module, name + ".leaves", leavesType, {});
  Initialiser in(leaves);
  Value all = LLVM::UndefOp::create(in.b, in.loc, leavesType);
  for (size_t i = 0; i < names.size(); ++i) {
    auto type = cast<RankedTensorType>(cast<TypeAttr>(types[i]).getValue());
    Value leaf =
        in.aggregate(leafType, {in.pointer(texts[i]), in.i32(dtypeCode(type.getElementType())),
                                in.i32(type.getRank()), in.pointer(shapes[i])});
    all = LLVM::InsertValueOp::create(in.b, in.loc, all, leaf,
                                      ArrayRef<int64_t>{static_cast<int64_t>(i)});
  }
  in.finish(all);
  auto treeType = structOf(c, {i32, ptr});
  auto tree = addGlobal(module, name, treeType, {});
  Initialiser top(tree);
  top.finish(top.aggregate(treeType, {top.i32(names.size()), top.pointer(name + ".leaves")}));
  return name;
}

void addEntry(ModuleOp module) {
  if (addLibraryEntry(module))
    return;
  auto run = module.lookupSymbol<LLVM::LLVMFuncOp>("program");
  if (!run)
    return;
  run.setLinkage(LLVM::Linkage::Internal);
  MLIRContext *c = module.getContext();
  auto ptr = LLVM::LLVMPointerType::get(c);
  auto i32 = IntegerType::get(c, 32);
  auto args = module->getAttrOfType<ArrayAttr>("host.args");
  size_t count = args ? args.size() : 0;
  Tables tables(module);
  auto text = [&](DictionaryAttr arg, StringRef key) {
    auto attr = arg.getAs<StringAttr>(key);
    return attr ? tables.string(attr.getValue()) : std::string();
  };
  // nnrt_arg_spec: name, type, required, default, help, default_source, fixed
  auto specType = structOf(c, {ptr, i32, i32, ptr, ptr, ptr, ptr});
  std::vector<std::array<std::string, 5>> symbols;
  for (size_t i = 0; i < count; ++i) {
    auto arg = cast<DictionaryAttr>(args[i]);
    symbols.push_back({text(arg, "name"), text(arg, "default"), text(arg, "help"),
                       text(arg, "source"), text(arg, "fixed")});
  }
  if (count) {
    auto type = LLVM::LLVMArrayType::get(specType, count);
    auto specs = addGlobal(module, "nnc_args", type, {});
    Initialiser in(specs);
    Value all = LLVM::UndefOp::create(in.b, in.loc, type);
    for (size_t i = 0; i < count; ++i) {
      auto arg = cast<DictionaryAttr>(args[i]);
      Value spec = in.aggregate(specType, {in.pointer(symbols[i][0]),
                                           in.i32(arg.getAs<IntegerAttr>("type").getInt()),
                                           in.i32(arg.contains("required")),
                                           in.pointer(symbols[i][1]), in.pointer(symbols[i][2]),
                                           in.pointer(symbols[i][3]), in.pointer(symbols[i][4])});
      all = LLVM::InsertValueOp::create(in.b, in.loc, all, spec,
                                        ArrayRef<int64_t>{static_cast<int64_t>(i)});
    }
    in.finish(all);
  }
  auto name = module->getAttrOfType<StringAttr>("host.name");
  std::string nameSymbol = tables.string(name ? name.getValue() : "program");
  auto programType = structOf(c, {ptr, ptr, ptr, i32});
  auto program = addGlobal(module, "nnc_program", programType, {});
  program.setLinkage(LLVM::Linkage::External);
  Initialiser in(program);
  in.finish(in.aggregate(programType, {in.pointer(nameSymbol), in.pointer("program"),
                                       in.pointer(count ? "nnc_args" : ""), in.i32(count)}));

  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  auto mainType = LLVM::LLVMFunctionType::get(i32, {i32, ptr});
  auto entryType = LLVM::LLVMFunctionType::get(i32, {i32, ptr, ptr});
  auto entry = module.lookupSymbol<LLVM::LLVMFuncOp>("nnrt_main");
  if (!entry)
    entry = LLVM::LLVMFuncOp::create(b, loc, "nnrt_main", entryType);
  auto main = LLVM::LLVMFuncOp::create(b, loc, "main", mainType);
  Block *block = main.addEntryBlock(b);
  b.setInsertionPointToEnd(block);
  Value description = LLVM::AddressOfOp::create(b, loc, ptr, "nnc_program");
  auto call = LLVM::CallOp::create(
      b, loc, entry, ValueRange{block->getArgument(0), block->getArgument(1), description});
  LLVM::ReturnOp::create(b, loc, call.getResult());
}

} // namespace nnc
