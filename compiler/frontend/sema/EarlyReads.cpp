// Functions stand anywhere in a file, so a call above a `let` may read it too early.
// value.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/TopReads.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {
namespace {

/// Goes through the program in the order in which it runs. Each function is looked at once, when it
/// is first reached: what has a value then has one ever after.
class EarlyReads {
public:
  EarlyReads(const Program &program, Diagnostics &diags) : program(program), diags(diags) {
    reads.onRead = [this](const Var *var, Loc loc) { onRead(var, loc); };
  }

  void run() {
    for (const Stmt *stmt : program.body->stmts)
      if (stmt->kind == StmtKind::Let)
        eachVar(*as<LetStmt>(*stmt).pattern, [&](const Var *var) { waiting.insert(var); });
    for (const ArgDecl &arg : program.args)
      waiting.insert(arg.var);
    inFlags = true;
    for (const ArgDecl &arg : program.args) {
      if (arg.init)
        reads.visit(*arg.init);
      waiting.erase(arg.var);
    }
    inFlags = false;
    for (const Stmt *stmt : program.body->stmts) {
      if (stmt->kind != StmtKind::Let) {
        reads.visit(*stmt);
        continue;
      }
      auto &let = as<LetStmt>(*stmt);
      const Expr *later = functionIn(*let.value);
      if (!later)
        reads.visit(*stmt);
      eachVar(*let.pattern, [&](const Var *var) {
        waiting.erase(var);
        if (later)
          kept[var] = later;
      });
    }
    if (program.body->result)
      reads.visit(*program.body->result);
  }

private:
  const Program &program;
  Diagnostics &diags;
  TopReads reads{/*withSizes=*/true};
  std::set<const Var *> waiting;            // for their values
  std::map<const Var *, const Expr *> kept; // functions that wait for being called
  std::set<const Var *> reported;
  bool inFlags = false;

  /// The function that `value` is, whose body does not run yet; what it copies is read now.
  const Expr *functionIn(const Expr &value) {
    if (value.kind == ExprKind::Closure || value.kind == ExprKind::FnRef)
      return &value;
    if (value.kind != ExprKind::Block || !as<Block>(value).result)
      return nullptr;
    const Expr *function = functionIn(*as<Block>(value).result);
    if (function)
      for (const Stmt *stmt : as<Block>(value).stmts)
        reads.visit(*stmt);
    return function;
  }

  void onRead(const Var *var, Loc loc) {
    if (auto it = kept.find(var); it != kept.end()) {
      const Expr *function = it->second;
      kept.erase(it);
      reads.path.push_back({var->name, loc});
      reads.visit(*function);
      reads.path.pop_back();
    }
    if (waiting.count(var) && reported.insert(var).second)
      report(*var, loc);
  }

  void report(const Var &var, Loc loc) {
    const std::vector<TopReads::Step> &path = reads.path;
    std::string what = "`" + var.name + "`";
    Diagnostic &diag =
        diags.report(DiagKind::ReadBeforeSet, path.empty() ? loc : path.front().loc,
                     (path.empty() ? "this reads " : "`" + path.front().name + "` reads ") + what +
                         (inFlags ? ", and flags have their values before everything else"
                                  : ", which has no value yet: its definition stands below"));
    diag.also(var.loc, what + " is defined here");
    for (size_t i = 1; i < path.size(); ++i)
      diag.note("`" + path[i - 1].name + "` needs `" + path[i].name + "`", path[i].loc);
    if (!path.empty())
      diag.note("`" + path.back().name + "` reads " + what, loc);
    if (!inFlags)
      diag.help("define " + what + " above this line");
  }
};

} // namespace

void Checker::checkEarlyReads() { EarlyReads(program_, diags_).run(); }

} // namespace nnc::sema
