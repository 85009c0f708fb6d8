// A warning for gradients by models of which a param takes no part in the loss: it would never
// learn. A param takes part if the loss, or what it calls, reads it.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {
namespace {

struct Reads {
  // What a variable is of the model: "" all of it, "blocks.attn" a part. Elements of an array are
  // one: what one of them reads, all do.
  using Parts = std::map<const Var *, std::string>;
  std::set<std::string> read;
  std::set<std::pair<const FnInstance *, std::string>> walked;

  static std::optional<std::string> partOf(const Expr &expr, const Parts &parts) {
    if (expr.kind == ExprKind::VarRef) {
      auto it = parts.find(as<VarRef>(expr).var);
      return it == parts.end() ? std::nullopt : std::optional(it->second);
    }
    if (expr.kind == ExprKind::Index && !as<Index>(expr).base->type->is(Type::Kind::Tensor))
      return partOf(*as<Index>(expr).base, parts);
    if (expr.kind != ExprKind::Field)
      return std::nullopt;
    auto base = partOf(*as<Field>(expr).base, parts);
    return base ? std::optional(*base + "." + std::to_string(as<Field>(expr).index)) : base;
  }

  void walk(const Expr &expr, Parts &parts) {
    if (auto part = partOf(expr, parts)) {
      read.insert(*part);
      if (expr.kind == ExprKind::Index)
        for (const IndexItem &item : as<Index>(expr).items)
          if (item.at)
            walk(*item.at, parts);
      return;
    }
    if (expr.kind == ExprKind::Call) {
      auto &call = as<Call>(expr);
      Parts inner;
      std::string key;
      for (size_t i = 0; i < call.args.size(); ++i) {
        const Expr *value = call.args[i].value;
        auto part = value ? partOf(*value, parts) : std::nullopt;
        if (part && call.fn->body && i < call.fn->params.size()) {
          inner[call.fn->params[i]] = *part;
          key += std::to_string(i) + *part + ";";
        } else if (value) {
          walk(*value, parts);
        }
      }
      if (!inner.empty() && walked.insert({call.fn, key}).second)
        walk(*call.fn->body, inner);
      return;
    }
    forEachChild(
        expr, [&](const Expr &e) { walk(e, parts); }, [&](const Stmt &s) { walk(s, parts); });
  }

  void walk(const Stmt &stmt, Parts &parts) {
    const Pattern *pattern = stmt.kind == StmtKind::For   ? as<ForStmt>(stmt).pattern
                             : stmt.kind == StmtKind::Let ? as<LetStmt>(stmt).pattern
                                                          : nullptr;
    const Expr *value = stmt.kind == StmtKind::For   ? as<ForStmt>(stmt).iterable
                        : stmt.kind == StmtKind::Let ? as<LetStmt>(stmt).value
                                                     : nullptr;
    auto part = value ? partOf(*value, parts) : std::nullopt;
    bool isWhole = value && !value->type->is(Type::Kind::Tensor);
    if (part && isWhole && pattern->kind == Pattern::Kind::Bind && pattern->var) {
      parts[pattern->var] = *part; // another name for the part
      if (stmt.kind == StmtKind::For)
        walk(*as<ForStmt>(stmt).body, parts);
      return;
    }
    forEachChild(
        stmt, [&](const Expr &e) { walk(e, parts); }, [&](const Stmt &s) { walk(s, parts); });
  }

  // The params below `type` that nothing read, by the names that a user writes.
  void idle(const Type *type, const std::string &part, const std::string &name,
            std::vector<std::string> &out) const {
    if (read.count(part))
      return;
    if (type->is(Type::Kind::Array))
      return idle(type->elems[0], part, name, out);
    if (type->is(Type::Kind::Tuple)) {
      for (size_t i = 0; i < type->elems.size(); ++i)
        idle(type->elems[i], part + "." + std::to_string(i), name + "." + std::to_string(i), out);
      return;
    }
    if (!type->is(Type::Kind::Struct))
      return;
    auto &fields = type->structInfo->fields;
    for (size_t i = 0; i < fields.size(); ++i) {
      std::string inner = part + "." + std::to_string(i), path = name + "." + fields[i].name;
      if (!fields[i].facts.empty())
        continue; // only some instances have it
      if (fields[i].role == FieldInfo::Role::Param && !read.count(inner))
        out.push_back(path);
      else if (fields[i].role == FieldInfo::Role::Sub)
        idle(fields[i].type, inner, path, out);
    }
  }
};

void warnOfIdle(const Grad &grad, Diagnostics &diags) {
  if (!grad.place->type->is(Type::Kind::Struct) || grad.fn->params.size() != 1 ||
      !grad.fn->params[0]->var)
    return;
  const Var *var = grad.fn->params[0]->var;
  Reads reads;
  Reads::Parts parts{{var, ""}};
  reads.walk(*grad.fn->body, parts);
  std::vector<std::string> names;
  reads.idle(grad.place->type, "", var->name, names);
  if (names.empty())
    return;
  if (reads.read.empty() && reads.walked.empty()) {
    diags
        .report(DiagKind::IdleParam, grad.fn->loc,
                "the loss does not depend on `" + var->name + "`, so its gradient is zero")
        .help("use `" + var->name + "` in the block instead of the variable outside");
    return;
  }
  std::string list;
  for (size_t i = 0; i < names.size() && i < 3; ++i)
    list += (i ? ", " : "") + ("`" + names[i] + "`");
  if (names.size() > 3)
    list += " and " + std::to_string(names.size() - 3) + " more";
  diags
      .report(DiagKind::IdleParam, grad.fn->loc,
              "the loss does not depend on " + list + ", so the gradient of it is zero")
      .note("take the gradient by a field, such as `grad(net.head)`, where that is meant");
}

} // namespace

void Checker::warnOfIdleParams() {
  eachOwnBody([&](const Expr &body) {
    walkTree(body, [&](const Expr &expr) {
      if (expr.kind == ExprKind::Grad)
        warnOfIdle(as<Grad>(expr), diags_);
    });
  });
}

} // namespace nnc::sema
