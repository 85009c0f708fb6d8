// Prints the typed tree for people and tests: one node per line, children indented, types after a
// colon.
#include "compiler/frontend/sema/Sema.h"
#include <ostream>
#include <set>

namespace nnc::sema {
namespace {

const char *const kOps[] = {
    "+", "-", "*", "/", "%", "^", "@", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "..", "..="};

struct Printer {
  std::ostream &out;
  std::set<const FnInstance *> fns, printed;
  std::vector<const FnInstance *> queue;
  unsigned depth = 0;

  std::ostream &line() { return out << std::string(depth * 2, ' '); }

  struct Indent {
    Printer &printer;
    explicit Indent(Printer &printer) : printer(printer) { ++printer.depth; }
    ~Indent() { --printer.depth; }
  };

  void use(const FnInstance *fn) {
    if (fns.insert(fn).second)
      queue.push_back(fn);
  }

  std::string bindings(const DimBindings &binds) {
    std::string text;
    for (auto &[var, dim] : binds.dims)
      text += (text.empty() ? "" : ", ") + var->name + " = " + dim.str();
    for (auto &[pack, shape] : binds.packs)
      text += (text.empty() ? ".." : ", ..") + pack->name + " = " + str(shape);
    return text.empty() ? "" : " {" + text + "}";
  }

  std::string name(const Var *var) { return var ? var->name : "_"; }

  std::string patternText(const Pattern *pattern) {
    std::string text;
    switch (pattern->kind) {
    case Pattern::Kind::Wildcard:
      return "_";
    case Pattern::Kind::Bind:
      return (pattern->var && pattern->var->isRef ? "&" : "") + name(pattern->var);
    case Pattern::Kind::Int:
      return std::to_string(pattern->intValue);
    case Pattern::Kind::Float:
      return std::to_string(pattern->floatValue);
    case Pattern::Kind::Str:
      return "\"" + pattern->strValue + "\"";
    case Pattern::Kind::Bool:
      return pattern->intValue ? "true" : "false";
    case Pattern::Kind::None:
      return "none";
    case Pattern::Kind::Variant:
      text = "variant " + std::to_string(pattern->variant) + " ";
      break;
    default:
      break;
    }
    text += "(";
    for (size_t i = 0; i < pattern->parts.size(); ++i)
      text += (i ? ", " : "") + patternText(pattern->parts[i]);
    return text + ")";
  }

  void args(const std::vector<Arg> &list) {
    Indent indent(*this);
    for (const Arg &arg : list)
      if (arg.value)
        expr(arg.value, arg.byRef ? "& " : "");
  }

  void all(const std::vector<Expr *> &list) {
    Indent indent(*this);
    for (const Expr *e : list)
      expr(e);
  }

  void child(const Expr *e, const char *label = "") {
    if (!e)
      return;
    Indent indent(*this);
    expr(e, label);
  }

  void expr(const Expr *e, const std::string &label = "") {
    if (!e) {
      line() << label << "(none)\n";
      return;
    }
    line() << label;
    std::string type = e->type ? " : " + e->type->str() : "";
    switch (e->kind) {
    case ExprKind::Int:
      if (as<IntLit>(*e).isLarge)
        out << uint64_t(as<IntLit>(*e).value) << type << "\n";
      else
        out << as<IntLit>(*e).value << type << "\n";
      break;
    case ExprKind::Float:
      out << as<FloatLit>(*e).value << type << "\n";
      break;
    case ExprKind::Bool:
      out << (as<BoolLit>(*e).value ? "true" : "false") << type << "\n";
      break;
    case ExprKind::Str:
      out << "\"" << as<StrLit>(*e).value << "\"\n";
      break;
    case ExprKind::None:
      out << "none" << type << "\n";
      break;
    case ExprKind::DimValue:
      out << "dim " << as<DimValue>(*e).dim.str() << "\n";
      break;
    case ExprKind::VarRef:
      out << name(as<VarRef>(*e).var) << type << "\n";
      break;
    case ExprKind::Field: {
      auto &node = as<Field>(*e);
      const StructInfo *info = node.base->type->structInfo;
      out << "field "
          << (info && node.index < info->fields.size() ? info->fields[node.index].name
                                                       : std::to_string(node.index))
          << type << "\n";
      child(node.base);
      break;
    }
    case ExprKind::Call: {
      auto &node = as<Call>(*e);
      use(node.fn);
      out << "call " << node.fn->name << bindings(node.binds) << type << "\n";
      args(node.args);
      break;
    }
    case ExprKind::CallValue:
      out << "call value" << type << "\n";
      child(as<CallValue>(*e).callee);
      if (as<CallValue>(*e).closure)
        child(as<CallValue>(*e).closure);
      args(as<CallValue>(*e).args);
      break;
    case ExprKind::FnRef:
      if (!as<FnRef>(*e).fn) {
        out << "fn" << type << "\n";
        break;
      }
      use(as<FnRef>(*e).fn);
      out << "fn " << as<FnRef>(*e).fn->name << bindings(as<FnRef>(*e).binds) << type << "\n";
      break;
    case ExprKind::Prim: {
      auto &node = as<Prim>(*e);
      out << "prim " << node.name;
      for (int64_t value : node.ints)
        out << " " << value;
      for (const Dim &dim : node.dims)
        out << " [" << dim.str() << "]";
      for (const std::string &text : node.strs)
        out << " \"" << (text == "\n" ? "\\n" : text) << "\"";
      out << type << "\n";
      args(node.args);
      break;
    }
    case ExprKind::Unary:
      out << (as<Unary>(*e).op == UnaryOp::Neg ? "-" : "!") << type << "\n";
      child(as<Unary>(*e).value);
      break;
    case ExprKind::Binary:
      out << kOps[unsigned(as<Binary>(*e).op)] << type << "\n";
      all({as<Binary>(*e).lhs, as<Binary>(*e).rhs});
      break;
    case ExprKind::Convert:
      out << "convert" << type << "\n";
      child(as<Convert>(*e).value);
      break;
    case ExprKind::Tuple:
      out << "tuple" << type << "\n";
      all(as<TupleExpr>(*e).elems);
      break;
    case ExprKind::ListLit:
      out << "list" << type << "\n";
      all(as<ListLit>(*e).elems);
      break;
    case ExprKind::TensorLit:
      out << "tensor" << type << "\n";
      all(as<TensorLit>(*e).elems);
      break;
    case ExprKind::MapLit:
      out << "map" << type << "\n";
      for (auto &[key, value] : as<MapLit>(*e).entries)
        all({key, value});
      break;
    case ExprKind::ArrayFill:
      out << "fill" << type << "\n";
      child(as<ArrayFill>(*e).value);
      break;
    case ExprKind::Construct: {
      auto &node = as<Construct>(*e);
      out << "construct" << type << "\n";
      child(node.rng, "rng: ");
      for (size_t i = 0; i < node.fields.size(); ++i)
        if (node.fields[i])
          child(node.fields[i], (e->type->structInfo->fields[i].name + ": ").c_str());
      break;
    }
    case ExprKind::Variant:
      out << "variant " << as<VariantExpr>(*e).variant << type << "\n";
      all(as<VariantExpr>(*e).args);
      break;
    case ExprKind::Index:
      index(as<Index>(*e), type);
      break;
    case ExprKind::Interp:
      out << "text\n";
      for (const InterpPart &part : as<Interp>(*e).parts) {
        Indent indent(*this);
        if (part.value)
          expr(part.value, part.format.empty() ? "" : "{:" + part.format + "} ");
        else
          line() << "\"" << part.text << "\"\n";
      }
      break;
    case ExprKind::If:
      out << "if" << type << "\n";
      all({as<If>(*e).cond, as<If>(*e).then});
      child(as<If>(*e).otherwise, "else ");
      break;
    case ExprKind::IfLet:
      out << "if let " << patternText(as<IfLet>(*e).pattern) << type << "\n";
      all({as<IfLet>(*e).value, as<IfLet>(*e).then});
      child(as<IfLet>(*e).otherwise, "else ");
      break;
    case ExprKind::Match:
      out << "match" << type << "\n";
      child(as<Match>(*e).value);
      for (const MatchArm &arm : as<Match>(*e).arms)
        child(arm.body, (patternText(arm.pattern) + " => ").c_str());
      break;
    case ExprKind::Block:
      block(as<Block>(*e), type);
      break;
    case ExprKind::Closure: {
      auto &node = as<Closure>(*e);
      out << "closure";
      for (const Pattern *param : node.params)
        out << " " << patternText(param);
      out << type << "\n";
      child(node.body);
      break;
    }
    case ExprKind::Grad:
      out << "grad" << type << "\n";
      child(as<Grad>(*e).place, as<Grad>(*e).byRef ? "& " : "");
      child(as<Grad>(*e).fn);
      if (as<Grad>(*e).tangent)
        child(as<Grad>(*e).tangent, "along ");
      break;
    case ExprKind::Train: {
      auto &node = as<Train>(*e);
      out << "train"
          << (node.precision ? std::string(" precision ") + spelling(*node.precision) : "") << "\n";
      child(node.rng, "& ");
      child(node.body);
      break;
    }
    case ExprKind::Remat:
      out << "remat" << type << "\n";
      child(as<Remat>(*e).body);
      break;
    case ExprKind::Profile:
      out << "profile\n";
      child(as<Profile>(*e).body);
      break;
    case ExprKind::Catch:
      out << "catch" << type << "\n";
      all({as<Catch>(*e).value, as<Catch>(*e).handler});
      break;
    }
  }

  void index(const Index &node, const std::string &type) {
    out << "index" << type << "\n";
    child(node.base);
    Indent indent(*this);
    for (const IndexItem &item : node.items) {
      switch (item.kind) {
      case IndexItem::Kind::New:
        line() << "new\n";
        break;
      case IndexItem::Kind::Rest:
        line() << "..\n";
        break;
      case IndexItem::Kind::Slice:
        line() << "slice\n";
        child(item.lo, "from ");
        child(item.hi, "to ");
        child(item.step, "by ");
        break;
      default:
        expr(item.at, item.kind == IndexItem::Kind::Gather ? "gather "
                      : item.kind == IndexItem::Kind::Mask ? "mask "
                                                           : "at ");
      }
    }
  }

  void block(const Block &node, const std::string &type) {
    out << "block" << type << "\n";
    Indent indent(*this);
    for (const Stmt *s : node.stmts)
      stmt(s);
    if (node.result)
      expr(node.result, "= ");
  }

  void stmt(const Stmt *s) {
    switch (s->kind) {
    case StmtKind::Let: {
      auto &node = as<LetStmt>(*s);
      bool isVar = node.pattern->var && node.pattern->var->isMutable;
      line() << (isVar ? "var " : "let ") << patternText(node.pattern) << " : "
             << node.pattern->type->str() << "\n";
      child(node.value);
      break;
    }
    case StmtKind::Assign:
      line() << "assign"
             << (as<AssignStmt>(*s).op
                     ? std::string(" ") + kOps[unsigned(*as<AssignStmt>(*s).op)] + "="
                     : "")
             << "\n";
      all({as<AssignStmt>(*s).place, as<AssignStmt>(*s).value});
      break;
    case StmtKind::Expr:
      if (auto *value = as<ExprStmt>(*s).value; value->kind == ExprKind::Block)
        for (const Stmt *inner : as<Block>(*value).stmts) // what a closure copies
          stmt(inner);
      else
        expr(value);
      break;
    case StmtKind::For:
      line() << "for " << (as<ForStmt>(*s).byRef ? "&" : "") << patternText(as<ForStmt>(*s).pattern)
             << " : " << as<ForStmt>(*s).pattern->type->str() << "\n";
      all({as<ForStmt>(*s).iterable, as<ForStmt>(*s).body});
      break;
    case StmtKind::While:
      line() << "while\n";
      all({as<WhileStmt>(*s).cond, as<WhileStmt>(*s).body});
      break;
    case StmtKind::Break:
      line() << "break\n";
      break;
    case StmtKind::Continue:
      line() << "continue\n";
      break;
    case StmtKind::Return:
      line() << "return\n";
      child(as<ReturnStmt>(*s).value);
      break;
    case StmtKind::Expect:
      line() << "expect\n";
      child(as<ExpectStmt>(*s).cond);
      break;
    case StmtKind::Assume:
      line() << "assume " << fact(as<AssumeStmt>(*s).fact) << "\n";
      break;
    }
  }

  std::string fact(const DimFact &f) {
    return f.lhs.str() + " " + kOps[unsigned(f.op)] + " " + f.rhs.str();
  }

  void function(const FnInstance *fn) {
    line() << "fn " << fn->name << (fn->isRecursive ? " recursive" : "")
           << (fn->isExport ? " export" : "");
    for (const DimVar *dim : fn->dims)
      out << " [" << dim->name << "]";
    for (const PackVar *pack : fn->packs)
      out << " [.." << pack->name << "]";
    out << (fn->result ? " -> " + fn->result->str() : "") << "\n";
    Indent indent(*this);
    for (const Var *param : fn->params)
      line() << "param " << (param->isRef ? "&" : "") << param->name << " : " << param->type->str()
             << "\n";
    for (const DimFact &f : fn->checks)
      line() << "check " << fact(f) << "\n";
    if (fn->body)
      expr(fn->body);
  }

  void program(const Program &program) {
    for (const ArgDecl &arg : program.args) {
      line() << "arg " << arg.var->name << " : " << arg.var->type->str()
             << (arg.help.empty() ? "" : " \"" + arg.help + "\"") << "\n";
      child(arg.init);
    }
    for (auto &[var, value] : program.globals) {
      line() << "let " << var->name << " : " << var->type->str() << "\n";
      child(value);
    }
    for (const FnInstance *fn : program.exports)
      use(fn);
    expr(program.body);
    for (const TestDecl &test : program.tests) {
      line() << "test \"" << test.name << "\"\n";
      child(test.body);
    }
    for (size_t i = 0; i < queue.size(); ++i)
      function(queue[i]);
  }
};

} // namespace

void print(std::ostream &out, const Program &program) { Printer{out, {}, {}, {}}.program(program); }

} // namespace nnc::sema
