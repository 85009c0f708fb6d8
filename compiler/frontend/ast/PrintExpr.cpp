#include "compiler/frontend/ast/Printer.h"
#include <charconv>

namespace nnc::ast {

std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '\n')
      result += "\\n";
    else if ((unsigned char)c < 0x20)
      result += "\\" + std::to_string(int(c));
    else if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else
      result += c;
  }
  return result + '"';
}

static std::string shortest(double value) {
  char buffer[40];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

void Printer::string(const StringExpr &expr) {
  if (expr.isPlain()) {
    out << quoted(expr.plainText());
    return;
  }
  out << "(string";
  for (const StringPart &part : expr.parts) {
    out << ' ';
    if (!part.expr) {
      out << quoted(part.text);
      continue;
    }
    print(part.expr);
    const Format &format = part.format;
    if (!format.loc.valid())
      continue;
    out << ":(format";
    if (format.align)
      out << ' ' << format.align << " fill " << unsigned(format.fill);
    if (format.plus)
      out << " +";
    if (format.width >= 0)
      out << " width " << format.width;
    if (format.precision >= 0)
      out << " precision " << format.precision;
    if (format.type)
      out << ' ' << format.type;
    out << ')';
  }
  out << ')';
}

void Printer::index(const Index &index) {
  switch (index.form) {
  case Index::Value:
    return print(index.value);
  case Index::New:
    out << "new";
    return;
  case Index::Rest:
    out << ".." << index.pack.text;
    return;
  case Index::Slice:
    out << "(slice";
    optional(" ", index.lo);
    out << " :";
    optional(" ", index.hi);
    optional(" : ", index.step);
    out << ')';
  }
}

void Printer::args(const std::vector<Arg> &args) {
  for (const Arg &arg : args) {
    out << ' ';
    if (arg.name)
      out << arg.name.text << ": ";
    out << (arg.byRef ? "&" : "");
    print(arg.value);
  }
}

void Printer::call(const CallExpr &expr) {
  out << "(call ";
  print(expr.callee);
  args(expr.args);
  if (expr.trailing) {
    out << ' ';
    closure(*expr.trailing);
  }
  out << ')';
}

void Printer::closure(const ClosureExpr &expr) {
  out << "(closure (";
  for (size_t i = 0; i < expr.params.size(); ++i) {
    out << (i ? " " : "");
    print(expr.params[i]);
  }
  out << ')';
  block(expr.body);
  out << ')';
}

void Printer::branches(const IfExpr &expr) {
  out << "(if";
  for (size_t i = 0; i < expr.branches.size(); ++i) {
    const IfExpr::Branch &branch = expr.branches[i];
    if (i) {
      line();
      out << "else if";
    }
    if (branch.binding) {
      out << " let ";
      print(branch.binding);
    }
    out << ' ';
    print(branch.condition);
    block(branch.body);
  }
  if (expr.otherwise) {
    line();
    out << "else";
    block(expr.otherwise);
  }
  out << ')';
}

void Printer::arms(const MatchExpr &expr) {
  out << "(match ";
  print(expr.subject);
  ++indent;
  for (const MatchExpr::Arm &arm : expr.arms) {
    line();
    print(arm.pattern);
    out << " =>";
    block(arm.body);
  }
  --indent;
  out << ')';
}

void Printer::print(const Expr *expr) {
  switch (expr->kind) {
  case Kind::IntExpr:
    out << expr->as<IntExpr>()->value;
    return;
  case Kind::FloatExpr:
    out << shortest(expr->as<FloatExpr>()->value);
    return;
  case Kind::BoolExpr:
    out << (expr->as<BoolExpr>()->value ? "true" : "false");
    return;
  case Kind::StringExpr:
    return string(*expr->as<StringExpr>());
  case Kind::NameExpr:
    out << expr->as<NameExpr>()->name.text;
    return;
  case Kind::FieldExpr:
    out << "(. ";
    print(expr->as<FieldExpr>()->base);
    out << ' ' << expr->as<FieldExpr>()->name.text << ')';
    return;
  case Kind::IndexExpr:
    out << "(index ";
    print(expr->as<IndexExpr>()->base);
    for (const Index &entry : expr->as<IndexExpr>()->indices) {
      out << ' ';
      index(entry);
    }
    out << ')';
    return;
  case Kind::CallExpr:
    return call(*expr->as<CallExpr>());
  case Kind::ClosureExpr:
    return closure(*expr->as<ClosureExpr>());
  case Kind::UnaryExpr:
    out << '(' << spelling(expr->as<UnaryExpr>()->op) << ' ';
    print(expr->as<UnaryExpr>()->operand);
    out << ')';
    return;
  case Kind::BinaryExpr: {
    auto *binary = expr->as<BinaryExpr>();
    return pair(spelling(binary->op), binary->lhs, binary->rhs);
  }
  case Kind::RangeExpr: {
    auto *range = expr->as<RangeExpr>();
    return pair(range->inclusive ? "..=" : "..", range->lo, range->hi);
  }
  case Kind::PipeExpr:
    return pair("|>", expr->as<PipeExpr>()->value, expr->as<PipeExpr>()->target);
  case Kind::CatchExpr:
    out << "(catch ";
    print(expr->as<CatchExpr>()->value);
    out << ' ';
    closure(*expr->as<CatchExpr>()->handler);
    out << ')';
    return;
  case Kind::IfExpr:
    return branches(*expr->as<IfExpr>());
  case Kind::MatchExpr:
    return arms(*expr->as<MatchExpr>());
  case Kind::TupleExpr:
    return list("tuple", expr->as<TupleExpr>()->elements);
  case Kind::ListExpr:
    return list("list", expr->as<ListExpr>()->elements);
  case Kind::RepeatExpr:
    return pair("repeat", expr->as<RepeatExpr>()->element, expr->as<RepeatExpr>()->count);
  case Kind::MapExpr:
    out << "(map";
    for (auto &[key, value] : expr->as<MapExpr>()->entries) {
      out << ' ';
      pair(":", key, value);
    }
    out << ')';
    return;
  default:
    out << "(error)";
  }
}

void Printer::print(const Pattern *pattern) {
  switch (pattern->kind) {
  case Kind::WildcardPattern:
    out << '_';
    return optionalType(": ", pattern->as<WildcardPattern>()->type);
  case Kind::NamePattern: {
    auto *name = pattern->as<NamePattern>();
    out << (name->byRef ? "&" : "") << name->name.text;
    return optionalType(": ", name->type);
  }
  case Kind::TuplePattern:
    out << "(tuple";
    each(pattern->as<TuplePattern>()->elements);
    optionalType(" : ", pattern->as<TuplePattern>()->type);
    out << ')';
    return;
  case Kind::VariantPattern:
    out << '(' << pattern->as<VariantPattern>()->name.text;
    each(pattern->as<VariantPattern>()->elements);
    out << ')';
    return;
  default:
    out << (pattern->as<LiteralPattern>()->negative ? "-" : "");
    print(pattern->as<LiteralPattern>()->value);
  }
}

} // namespace nnc::ast
