#include "compiler/frontend/ast/Print.h"
#include <ostream>

namespace nnc::ast {

static void printTypes(std::ostream &out, const std::vector<TypeExpr *> &types) {
  for (size_t i = 0; i < types.size(); ++i) {
    out << (i ? ", " : "");
    print(out, types[i]);
  }
}

static void printNamed(std::ostream &out, const NamedType &type) {
  for (size_t i = 0; i < type.path.size(); ++i)
    out << (i ? "." : "") << type.path[i].text;
  if (!type.hasArgs)
    return;
  out << '[';
  for (size_t i = 0; i < type.args.size(); ++i) {
    out << (i ? ", " : "");
    if (type.args[i].name)
      out << type.args[i].name.text << ": ";
    print(out, type.args[i].value);
  }
  out << ']';
}

static void printFnType(std::ostream &out, const FnType &type) {
  out << "fn";
  for (size_t i = 0; i < type.generics.size(); ++i)
    out << (i ? ", " : "[") << (type.generics[i].isPack ? ".." : "") << type.generics[i].name.text
        << (i + 1 == type.generics.size() ? "]" : "");
  out << '(';
  printTypes(out, type.params);
  out << ')';
  if (type.result) {
    out << " -> ";
    print(out, type.result);
  }
}

void print(std::ostream &out, const TypeExpr *type) {
  switch (type->kind) {
  case Kind::NamedType:
    return printNamed(out, *type->as<NamedType>());
  case Kind::OptionalType:
    print(out, type->as<OptionalType>()->inner);
    out << '?';
    return;
  case Kind::TupleType:
    out << '(';
    printTypes(out, type->as<TupleType>()->elements);
    out << (type->as<TupleType>()->elements.size() == 1 ? ",)" : ")");
    return;
  case Kind::ListType:
    out << '[';
    print(out, type->as<ListType>()->element);
    out << ']';
    return;
  case Kind::ArrayType:
    out << '[';
    print(out, type->as<ArrayType>()->element);
    out << "; ";
    print(out, type->as<ArrayType>()->size);
    out << ']';
    return;
  case Kind::MapType:
    out << '[';
    print(out, type->as<MapType>()->key);
    out << ": ";
    print(out, type->as<MapType>()->value);
    out << ']';
    return;
  case Kind::FnType:
    return printFnType(out, *type->as<FnType>());
  case Kind::RefType:
    out << '&';
    print(out, type->as<RefType>()->inner);
    return;
  case Kind::IntDim:
    out << type->as<IntDim>()->value;
    return;
  case Kind::NegDim:
    out << '-';
    print(out, type->as<NegDim>()->operand);
    return;
  case Kind::BinaryDim:
    out << '(';
    print(out, type->as<BinaryDim>()->lhs);
    out << ' ' << spelling(type->as<BinaryDim>()->op) << ' ';
    print(out, type->as<BinaryDim>()->rhs);
    out << ')';
    return;
  case Kind::CallDim:
    out << type->as<CallDim>()->callee.text << '(';
    printTypes(out, type->as<CallDim>()->args);
    out << ')';
    return;
  case Kind::FreshDim:
    out << '?' << type->as<FreshDim>()->name.text;
    return;
  case Kind::PackDim:
    out << ".." << type->as<PackDim>()->name.text;
    return;
  default:
    return;
  }
}

} // namespace nnc::ast
