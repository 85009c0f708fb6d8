// Which variables a loop or branch carries: those from outside that change inside.
#include "compiler/frontend/sema/Walk.h"
#include "compiler/irgen/Changes.h"
#include "compiler/irgen/IRGen.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace nnc::irgen {

static const sema::Var *rootOf(const sema::Expr &place) {
  switch (place.kind) {
  case sema::ExprKind::VarRef:
    return sema::as<sema::VarRef>(place).var;
  case sema::ExprKind::Field:
    return rootOf(*sema::as<sema::Field>(place).base);
  case sema::ExprKind::Index:
    return rootOf(*sema::as<sema::Index>(place).base);
  case sema::ExprKind::Convert:
    return rootOf(*sema::as<sema::Convert>(place).value);
  case sema::ExprKind::Prim: {
    auto &prim = sema::as<sema::Prim>(place);
    return prim.args.empty() ? nullptr : rootOf(*prim.args[0].value);
  }
  default:
    return nullptr;
  }
}

namespace {
/// Collects the variables that a piece of the typed tree assigns, and whether control may leave the
/// piece.
struct AssignedVars {
  llvm::SetVector<const sema::Var *> &out;
  llvm::SetVector<const sema::Var *> functions = {}; // that are named in the piece
  bool leaves = false, returns = false;
  unsigned loops = 0;

  void add(const sema::Expr &place) {
    if (place.kind == sema::ExprKind::Tuple) {
      for (const sema::Expr *part : sema::as<sema::TupleExpr>(place).elems)
        add(*part);
      return;
    }
    if (const sema::Var *var = rootOf(place))
      out.insert(var);
  }
  void addArgs(const std::vector<sema::Arg> &args) {
    for (const sema::Arg &arg : args)
      if (arg.byRef)
        add(*arg.value);
  }
  void visit(const sema::Expr &expr) {
    switch (expr.kind) {
    case sema::ExprKind::Call:
      addArgs(sema::as<sema::Call>(expr).args);
      break;
    case sema::ExprKind::CallValue:
      addArgs(sema::as<sema::CallValue>(expr).args);
      break;
    case sema::ExprKind::Prim:
      addArgs(sema::as<sema::Prim>(expr).args);
      break;
    case sema::ExprKind::Construct:
      if (sema::as<sema::Construct>(expr).rng)
        add(*sema::as<sema::Construct>(expr).rng);
      break;
    case sema::ExprKind::Grad:
      if (sema::as<sema::Grad>(expr).byRef)
        add(*sema::as<sema::Grad>(expr).place);
      break;
    case sema::ExprKind::Train:
      add(*sema::as<sema::Train>(expr).rng);
      break;
    case sema::ExprKind::Closure:
      return closure(expr);
    case sema::ExprKind::VarRef:
      if (expr.type && expr.type->is(sema::Type::Kind::Fn))
        functions.insert(sema::as<sema::VarRef>(expr).var);
      break;
    default:
      break;
    }
    descend(expr);
  }
  void visit(const sema::Stmt &stmt) {
    bool loop = stmt.kind == sema::StmtKind::For || stmt.kind == sema::StmtKind::While;
    returns |= stmt.kind == sema::StmtKind::Return;
    leaves |= stmt.kind == sema::StmtKind::Return;
    leaves |=
        !loops && (stmt.kind == sema::StmtKind::Break || stmt.kind == sema::StmtKind::Continue);
    loops += loop;
    if (stmt.kind == sema::StmtKind::Assign)
      add(*sema::as<sema::AssignStmt>(stmt).place);
    if (stmt.kind == sema::StmtKind::For && sema::as<sema::ForStmt>(stmt).byRef)
      add(*sema::as<sema::ForStmt>(stmt).iterable);
    sema::forEachChild(
        stmt, [&](const sema::Expr &e) { visit(e); }, [&](const sema::Stmt &s) { visit(s); });
    loops -= loop;
  }
  void closure(const sema::Expr &expr) { // its ways out are its own
    bool left = leaves, returned = returns;
    descend(expr);
    leaves = left;
    returns = returned;
  }
  void descend(const sema::Expr &expr) {
    sema::forEachChild(
        expr, [&](const sema::Expr &e) { visit(e); }, [&](const sema::Stmt &s) { visit(s); });
  }
};
} // namespace

void assignedVars(const sema::Stmt &stmt, Vars &assigned, Vars &functions) {
  AssignedVars walk{assigned};
  walk.visit(stmt);
  functions = walk.functions;
}

/// The storage of a variable that is visible here; null if it is born inside the piece in question.
Val *Generator::find(const sema::Var *var) {
  for (Frame *f = frame.get(); f; f = f->parent.get())
    if (auto it = f->vars.find(var); it != f->vars.end())
      return &it->second;
  auto it = globals.find(var);
  return it == globals.end() ? nullptr : &it->second;
}

/// A closure that may be called changes variables where it was written.
void Generator::assignedByClosure(const Val &function, std::set<const sema::Closure *> &seen,
                                  std::vector<Slot> &slots) {
  if (!function.closure || !function.frame || !seen.insert(function.closure).second)
    return;
  llvm::SetVector<const sema::Var *> vars;
  AssignedVars walk{vars};
  walk.closure(*function.closure);
  std::shared_ptr<Frame> outer = std::exchange(frame, function.frame);
  for (const sema::Var *var : vars)
    if (Val *value = find(var); value && !value->is(Val::Kind::Fn) &&
                                llvm::none_of(slots, [&](Slot &s) { return s.value == value; }))
      slots.push_back({var, value});
  for (const sema::Var *var : walk.functions)
    if (Val *inner = find(var))
      assignedByClosure(*inner, seen, slots);
  frame = outer;
}

/// A variable from outside that a closure updates; null if there is none.
const sema::Var *Generator::updatedBy(const Val &function) {
  llvm::SetVector<const sema::Var *> vars;
  AssignedVars walk{vars};
  walk.closure(*function.closure);
  std::shared_ptr<Frame> outer = std::exchange(frame, function.frame);
  auto updated = llvm::find_if(vars, [&](const sema::Var *var) { return find(var); });
  frame = outer;
  return updated == vars.end() ? nullptr : *updated;
}

/// The variables defined outside that these may change, the hidden ones included: the stream of a
/// train block, and where control may leave, the exit flag and the result (Note [Leaving]).
std::vector<Slot> Generator::assignedIn(const std::vector<const sema::Expr *> &exprs,
                                        const std::vector<const sema::Stmt *> &stmts) {
  llvm::SetVector<const sema::Var *> vars;
  AssignedVars walk{vars};
  for (const sema::Expr *expr : exprs)
    if (expr && expr->kind == sema::ExprKind::Closure)
      walk.closure(*expr);
    else if (expr)
      walk.visit(*expr);
  for (const sema::Stmt *stmt : stmts)
    walk.visit(*stmt);
  if (training)
    vars.insert(&trainingRng);
  if (body && body->used && walk.leaves)
    vars.insert(&body->flag);
  if (body && body->value.type && walk.returns)
    vars.insert(&body->value);
  std::vector<Slot> slots;
  for (const sema::Var *var : vars)
    if (Val *value = find(var); value && !value->is(Val::Kind::Fn))
      slots.push_back({var, value});
  std::set<const sema::Closure *> seen;
  for (const sema::Var *var : walk.functions)
    if (Val *function = find(var))
      assignedByClosure(*function, seen, slots);
  return slots;
}

} // namespace nnc::irgen
