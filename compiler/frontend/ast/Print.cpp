#include "compiler/frontend/ast/Print.h"
#include <charconv>
#include <cstdio>
#include <ostream>

namespace nnc::ast {
namespace {

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

std::string shortest(double value) {
  char buffer[40];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

class Printer {
public:
  explicit Printer(std::ostream &out) : out(out) {}

  void statements(const std::vector<Stmt *> &stmts) {
    for (const Stmt *stmt : stmts) {
      line();
      print(stmt);
    }
  }
  void print(const Stmt *stmt);
  void print(const Expr *expr);
  void print(const Pattern *pattern);

private:
  std::ostream &out;
  unsigned indent = 0;
  bool first = true;

  void line() {
    if (!first)
      out << '\n' << std::string(2 * indent, ' ');
    first = false;
  }
  void block(const Block *block) {
    ++indent;
    statements(block->stmts);
    --indent;
  }
  template <class List> void each(const List &list) {
    for (auto *node : list) {
      out << ' ';
      print(node);
    }
  }
  void optional(const char *word, const Expr *expr) {
    if (!expr)
      return;
    out << word;
    print(expr);
  }
  void optionalType(const char *word, const TypeExpr *type) {
    if (!type)
      return;
    out << word;
    ast::print(out, type);
  }
  void list(const char *head, const std::vector<Expr *> &elements) {
    out << '(' << head;
    each(elements);
    out << ')';
  }
  void pair(const std::string &head, const Expr *a, const Expr *b) {
    out << '(' << head << ' ';
    print(a);
    out << ' ';
    print(b);
    out << ')';
  }

  void string(const StringExpr &expr);
  void index(const Index &index);
  void args(const std::vector<Arg> &args);
  void call(const CallExpr &expr);
  void closure(const ClosureExpr &expr);
  void branches(const IfExpr &expr);
  void arms(const MatchExpr &expr);

  void marks(const Marks &marks);
  void doc(const std::string &text);
  void generics(const std::vector<GenericParam> &generics);
  void params(const std::vector<Param> &params);
  void facts(const std::vector<Fact> &facts);
  void function(const FnDecl &decl);
  void field(const FieldDecl &decl);
  void structure(const StructDecl &decl);
  void enumeration(const EnumDecl &decl);
  void import(const ImportDecl &decl);
  void argument(const ArgDecl &decl);
};

// ---- expressions

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

// ---- statements and declarations

void Printer::print(const Stmt *stmt) {
  switch (stmt->kind) {
  case Kind::ExprStmt:
    return print(stmt->as<ExprStmt>()->expr);
  case Kind::LetStmt: {
    auto *let = stmt->as<LetStmt>();
    doc(let->doc);
    out << (let->isVar ? "(var " : "(let ");
    marks(let->marks);
    print(let->pattern);
    out << ' ';
    print(let->value);
    out << ')';
    return;
  }
  case Kind::AssignStmt: {
    static const char *const heads[] = {"=", "+=", "-=", "*=", "/="};
    auto *assign = stmt->as<AssignStmt>();
    return pair(heads[assign->op], assign->target, assign->value);
  }
  case Kind::ForStmt: {
    auto *loop = stmt->as<ForStmt>();
    out << "(for ";
    marks(loop->marks);
    print(loop->pattern);
    out << " in ";
    print(loop->sequence);
    block(loop->body);
    out << ')';
    return;
  }
  case Kind::WhileStmt:
    out << "(while ";
    marks(stmt->as<WhileStmt>()->marks);
    print(stmt->as<WhileStmt>()->condition);
    block(stmt->as<WhileStmt>()->body);
    out << ')';
    return;
  case Kind::ReturnStmt:
    out << "(return";
    optional(" ", stmt->as<ReturnStmt>()->value);
    out << ')';
    return;
  case Kind::BreakStmt:
    out << "(break)";
    return;
  case Kind::ContinueStmt:
    out << "(continue)";
    return;
  case Kind::ExpectStmt:
    optional("(expect ", stmt->as<ExpectStmt>()->condition);
    out << ')';
    return;
  case Kind::AssumeStmt:
    optional("(assume ", stmt->as<AssumeStmt>()->condition);
    out << ')';
    return;
  case Kind::FnDecl:
    return function(*stmt->as<FnDecl>());
  case Kind::StructDecl:
    return structure(*stmt->as<StructDecl>());
  case Kind::FieldDecl:
    return field(*stmt->as<FieldDecl>());
  case Kind::EnumDecl:
    return enumeration(*stmt->as<EnumDecl>());
  case Kind::ImportDecl:
    return import(*stmt->as<ImportDecl>());
  case Kind::ArgDecl:
    return argument(*stmt->as<ArgDecl>());
  default: {
    auto *test = stmt->as<TestDecl>();
    doc(test->doc);
    out << "(test " << quoted(test->name.text);
    block(test->body);
    out << ')';
  }
  }
}

void Printer::marks(const Marks &marks) {
  out << (marks.isPub() ? "pub " : "") << (marks.isExport() ? "export " : "");
  for (const Attribute &attribute : marks.attributes) {
    out << "(@" << attribute.name.text;
    args(attribute.args);
    out << ") ";
  }
}

void Printer::doc(const std::string &text) {
  if (text.empty())
    return;
  out << "(doc " << quoted(text) << ')';
  line();
}

void Printer::generics(const std::vector<GenericParam> &generics) {
  for (size_t i = 0; i < generics.size(); ++i) {
    const GenericParam &param = generics[i];
    out << (i ? ", " : "[") << (param.isPack ? ".." : "") << param.name.text;
    if (param.bound)
      out << ": " << param.bound.text;
    optionalType(" = ", param.defaultValue);
  }
  out << (generics.empty() ? "" : "]");
}

void Printer::params(const std::vector<Param> &params) {
  for (const Param &param : params) {
    out << " (" << (param.byRef ? "&" : "") << param.name.text;
    optionalType(": ", param.type);
    optional(" = ", param.defaultValue);
    out << ')';
  }
}

void Printer::facts(const std::vector<Fact> &facts) {
  for (const Fact &fact : facts) {
    out << " where ";
    ast::print(out, fact.lhs);
    out << ' ' << spelling(fact.op) << ' ';
    ast::print(out, fact.rhs);
  }
}

void Printer::function(const FnDecl &decl) {
  doc(decl.doc);
  out << "(fn ";
  marks(decl.marks);
  out << decl.name.text;
  generics(decl.generics);
  params(decl.params);
  optionalType(" -> ", decl.result);
  facts(decl.facts);
  if (decl.body)
    block(decl.body);
  out << ')';
}

void Printer::field(const FieldDecl &decl) {
  static const char *const roles[] = {"field", "param", "state"};
  doc(decl.doc);
  out << '(' << roles[decl.role] << ' ' << decl.name.text;
  optionalType(": ", decl.type);
  optional(" = ", decl.init);
  facts(decl.facts);
  out << ')';
}

void Printer::structure(const StructDecl &decl) {
  doc(decl.doc);
  out << (decl.isModel ? "(model " : "(struct ");
  marks(decl.marks);
  out << decl.name.text;
  generics(decl.generics);
  facts(decl.facts);
  ++indent;
  for (const Decl *member : decl.members) {
    line();
    print(static_cast<const Stmt *>(member));
  }
  --indent;
  out << ')';
}

void Printer::enumeration(const EnumDecl &decl) {
  doc(decl.doc);
  out << "(enum ";
  marks(decl.marks);
  out << decl.name.text;
  generics(decl.generics);
  ++indent;
  for (const EnumDecl::Variant &variant : decl.variants) {
    line();
    doc(variant.doc);
    out << '(' << variant.name.text;
    params(variant.params);
    out << ')';
  }
  --indent;
  out << ')';
}

void Printer::import(const ImportDecl &decl) {
  doc(decl.doc);
  out << "(import";
  for (const ImportDecl::Source &source : decl.sources) {
    out << " (" << (source.path.empty() ? quoted(source.file) : "");
    for (size_t i = 0; i < source.path.size(); ++i)
      out << (i ? "." : "") << source.path[i].text;
    if (source.alias)
      out << " as " << source.alias.text;
    for (const ImportDecl::Name &name : source.names) {
      out << ' ' << name.name.text;
      if (name.alias)
        out << " as " << name.alias.text;
    }
    out << ')';
  }
  out << ')';
}

void Printer::argument(const ArgDecl &decl) {
  doc(decl.doc);
  out << "(arg " << decl.name.text;
  optionalType(": ", decl.type);
  optional(" = ", decl.defaultValue);
  if (!decl.help.empty())
    out << ' ' << quoted(decl.help);
  out << ')';
}

} // namespace

void print(std::ostream &out, const File &file) {
  Printer(out).statements(file.stmts);
  out << (file.stmts.empty() ? "" : "\n");
}
void print(std::ostream &out, const Stmt *stmt) { Printer(out).print(stmt); }
void print(std::ostream &out, const Expr *expr) { Printer(out).print(expr); }
void print(std::ostream &out, const Pattern *pattern) { Printer(out).print(pattern); }

} // namespace nnc::ast
