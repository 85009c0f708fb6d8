#include "compiler/frontend/ast/Printer.h"

namespace nnc::ast {

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

void print(std::ostream &out, const File &file) {
  Printer(out).statements(file.stmts);
  out << (file.stmts.empty() ? "" : "\n");
}
void print(std::ostream &out, const Stmt *stmt) { Printer(out).print(stmt); }
void print(std::ostream &out, const Expr *expr) { Printer(out).print(expr); }
void print(std::ostream &out, const Pattern *pattern) { Printer(out).print(pattern); }

} // namespace nnc::ast
