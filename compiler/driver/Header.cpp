#include "compiler/driver/Header.h"
#include "compiler/frontend/sema/Ports.h"
#include <algorithm>
#include <cctype>

namespace nnc {

using Role = sema::Port::Role;
using sema::DType;

static const char *elementInC(const sema::Type &type) {
  if (type.is(sema::Type::Kind::Int))
    return "int64_t";
  switch (type.dtype) {
  case DType::F16:
  case DType::BF16:
  case DType::U16:
    return "uint16_t";
  case DType::F32:
    return "float";
  case DType::F64:
    return "double";
  case DType::I8:
    return "int8_t";
  case DType::I16:
    return "int16_t";
  case DType::I32:
    return "int32_t";
  case DType::I64:
    return "int64_t";
  case DType::U8:
    return "uint8_t";
  case DType::U32:
    return "uint32_t";
  case DType::U64:
    return "uint64_t";
  case DType::Bool:
    return "bool";
  }
  return "void";
}

static std::string declarator(const sema::Port &port) {
  switch (port.role) {
  case Role::Int:
  case Role::Size:
    return "int64_t " + port.name;
  case Role::Scalar:
    return std::string(elementInC(*port.type)) + " " + port.name;
  case Role::Tensor:
    return std::string("const ") + elementInC(*port.type) + " *" + port.name;
  case Role::Result:
    return std::string(elementInC(*port.type)) + " *" + port.name;
  }
  return "";
}

/// Source text inside of a comment.
static std::string quoted(std::string text) {
  for (size_t at; (at = text.find("*/")) != std::string::npos;)
    text.insert(at + 1, " ");
  for (char &c : text)
    if (c == '\n' || c == '\r')
      c = ' ';
  return text;
}

static std::string aboutType(const sema::Type &type) {
  std::string text = quoted(type.str());
  if (type.is(sema::Type::Kind::Tensor) && (type.dtype == DType::F16 || type.dtype == DType::BF16))
    text += ", the bits of its elements";
  return text;
}

static std::string about(const sema::Port &port) {
  switch (port.role) {
  case Role::Int:
    return port.dim ? "a size" : "int";
  case Role::Size:
    return sema::isOfProgram(*port.dim) ? "a size, and what the program says that it is" : "a size";
  case Role::Scalar:
  case Role::Tensor:
    return aboutType(*port.type);
  case Role::Result:
    return "written: " + aboutType(*port.type);
  }
  return "";
}

static std::string functionText(const sema::FnInstance &fn, const std::string &library) {
  std::vector<sema::Port> ports = sema::portsOf(fn);
  size_t width = 0;
  for (const sema::Port &port : ports)
    width = std::max(width, port.name.size());
  std::string comment, parameters;
  for (const sema::Port &port : ports) {
    comment += comment.empty() ? "/* " : "\n * ";
    comment += port.name + std::string(width - port.name.size() + 2, ' ') + about(port);
    parameters += (parameters.empty() ? "" : ", ") + declarator(port);
  }
  for (const sema::DimFact &fact : fn.checks)
    comment += (comment.empty() ? "/* " : "\n * ") + ("an error unless " + quoted(fact.text));
  if (!comment.empty())
    comment += " */\n";
  return comment + "int " + library + "_" + fn.name + "(" +
         (parameters.empty() ? "void" : parameters) + ");\n\n";
}

/// The text with the library's name for each `$`.
static std::string named(std::string text, const std::string &library) {
  for (size_t at = 0; (at = text.find('$', at)) != std::string::npos; at += library.size())
    text.replace(at, 1, library);
  return text;
}

static const char *const kHead = R"( *
 * Functions return 0, or 1 after an error, whose text $_last_error() gives; what they write is
 * undefined then. They may be called from any thread, and run one after another.
 * Tensors are rows of elements without gaps, the last size running fastest. A pointer to no
 * elements may be NULL. Sizes are not negative, and what is written has the sizes shown.
 */
)";

static const char *const kIncludes = R"(#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

)";

static const char *const kTail =
    R"(/* Makes the values of the program's top level that the functions use (it loads weights, for
 * example). Without it the first call does so; after an error the next call tries again. */
int $_init(void);

/* The text of the error of this thread's last call, "" where there was none. Valid until the
 * thread's next call. */
const char *$_last_error(void);

#ifdef __cplusplus
}
#endif
#endif
)";

std::string headerOf(const sema::Program &program, const std::string &library,
                     const std::string &source) {
  std::string guard = library + "_H";
  std::transform(guard.begin(), guard.end(), guard.begin(),
                 [](unsigned char c) { return char(std::toupper(c)); });
  std::string text = "/* Made by nnc from " + quoted(source) + ".nn.\n" + named(kHead, library);
  text += "#ifndef " + guard + "\n#define " + guard + "\n" + kIncludes;
  for (const sema::FnInstance *fn : program.exports)
    text += functionText(*fn, library);
  return text + named(kTail, library);
}

} // namespace nnc
