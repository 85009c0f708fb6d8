#include "compiler/frontend/sema/Ports.h"
#include <algorithm>

namespace nnc::sema {

// Words of C and C++, and what the header itself uses.
static bool isTakenByC(const std::string &name) {
  static const std::set<std::string> words{
      "alignas",  "alignof",   "and",       "and_eq",        "asm",         "auto",
      "bitand",   "bitor",     "bool",      "break",         "case",        "catch",
      "char",     "char16_t",  "char32_t",  "char8_t",       "class",       "compl",
      "concept",  "const",     "consteval", "constexpr",     "constinit",   "const_cast",
      "continue", "co_await",  "co_return", "co_yield",      "decltype",    "default",
      "delete",   "do",        "double",    "dynamic_cast",  "else",        "enum",
      "explicit", "export",    "extern",    "false",         "float",       "for",
      "friend",   "goto",      "if",        "inline",        "int",         "long",
      "mutable",  "namespace", "new",       "noexcept",      "not",         "not_eq",
      "nullptr",  "operator",  "or",        "or_eq",         "private",     "protected",
      "public",   "register",  "requires",  "restrict",      "return",      "short",
      "signed",   "sizeof",    "static",    "static_assert", "static_cast", "struct",
      "switch",   "template",  "this",      "thread_local",  "throw",       "true",
      "try",      "typedef",   "typeid",    "typename",      "typeof",      "union",
      "unsigned", "using",     "virtual",   "void",          "volatile",    "wchar_t",
      "while",    "xor",       "xor_eq",    "NULL",          "linux",       "unix",
      "int8_t",   "int16_t",   "int32_t",   "int64_t",       "uint8_t",     "uint16_t",
      "uint32_t", "uint64_t"};
  return words.count(name) != 0;
}

bool isOfProgram(const DimVar &dim) {
  return dim.kind == DimVar::Kind::FromVar && dim.var && dim.var->isTopLevel;
}

static void dimsOf(const Dim &dim, std::vector<const DimVar *> &out) {
  std::set<const DimVar *> vars;
  collectVars(dim, vars);
  std::vector<const DimVar *> ordered(vars.begin(), vars.end());
  std::sort(ordered.begin(), ordered.end(),
            [](const DimVar *a, const DimVar *b) { return a->id < b->id; });
  for (const DimVar *var : ordered)
    if (std::find(out.begin(), out.end(), var) == out.end())
      out.push_back(var);
}

void dimsOf(const Type &type, std::vector<const DimVar *> &out) {
  for (const ShapeElem &elem : type.shape)
    if (!elem.pack)
      dimsOf(elem.dim, out);
  for (const Type *elem : type.elems)
    dimsOf(*elem, out);
}

static void addResults(const Type &type, const std::string &name, std::vector<Port> &ports) {
  if (type.is(Type::Kind::Tuple)) {
    for (size_t i = 0; i < type.elems.size(); ++i)
      addResults(*type.elems[i], name + (name == "out" ? "" : "_") + std::to_string(i), ports);
    return;
  }
  if (type.is(Type::Kind::Tensor) || type.is(Type::Kind::Int))
    ports.push_back({Port::Role::Result, name, &type});
}

std::vector<Port> portsOf(const FnInstance &fn) {
  std::vector<Port> ports;
  std::vector<const DimVar *> dims(fn.dims.begin(), fn.dims.end()), ofResult;
  for (const Var *param : fn.params) {
    Port::Role role = param->type->is(Type::Kind::Int) ? Port::Role::Int
                      : param->type->isScalar()        ? Port::Role::Scalar
                                                       : Port::Role::Tensor;
    ports.push_back({role, param->name, param->type, param});
    dimsOf(*param->type, dims);
  }
  if (fn.result)
    dimsOf(*fn.result, ofResult);
  for (const DimVar *dim : ofResult)
    if (dim->kind == DimVar::Kind::FromVar &&
        std::find(dims.begin(), dims.end(), dim) == dims.end())
      dims.push_back(dim);
  for (const DimVar *dim : dims) {
    auto param = std::find_if(ports.begin(), ports.end(), [&](const Port &port) {
      return port.param && port.param->dim == dim;
    });
    if (param != ports.end())
      param->dim = dim;
    else
      ports.push_back({Port::Role::Size, dim->name, nullptr, nullptr, dim});
  }
  if (fn.result)
    addResults(*fn.result, "out", ports);
  std::set<std::string> names;
  for (Port &port : ports)
    while (isTakenByC(port.name) || !names.insert(port.name).second)
      port.name += "_";
  return ports;
}

} // namespace nnc::sema
