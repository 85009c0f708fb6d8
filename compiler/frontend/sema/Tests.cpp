// Tests see the declarations of their file, its flags' defaults and the `let`s that come from no
// `var`: here each test learns which of these it needs.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/TopReads.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {
namespace {

/// The top level as tests see it.
struct TopLevel {
  struct Let {
    const LetStmt *stmt;
    TopReads reads;
  };
  std::vector<Let> lets;
  std::map<const Var *, const Var *> hidden; // from which `var` or flag without default it comes

  explicit TopLevel(const Program &program) : program(program) {
    for (const ArgDecl &arg : program.args)
      if (!arg.init)
        hidden[arg.var] = arg.var;
    for (const Stmt *stmt : program.body->stmts) {
      if (stmt->kind != StmtKind::Let)
        continue;
      lets.push_back({&as<LetStmt>(*stmt), TopReads(/*withSizes=*/true)});
      TopReads &reads = lets.back().reads;
      reads.visit(*lets.back().stmt->value);
      const Var *root = nullptr;
      for (auto &[var, loc] : reads.places)
        if (auto it = hidden.find(var); it != hidden.end() && !root)
          root = it->second;
      eachVar(*lets.back().stmt->pattern, [&](const Var *var) {
        if (var->isMutable || root)
          hidden[var] = var->isMutable ? var : root;
      });
    }
  }

  /// Fills in what `test` needs, in the order in which it is computed.
  void link(TestDecl &test, const TopReads &own) const {
    std::set<const Var *> &needed = test.reads;
    auto need = [&](const TopReads &reads) {
      for (auto &[var, loc] : reads.places)
        needed.insert(var);
    };
    need(own);
    std::set<const Stmt *> taken;
    std::set<const DimVar *> sizes; // that data decided
    for (auto it = lets.rbegin(); it != lets.rend(); ++it) {
      bool used = false;
      eachVar(*it->stmt->pattern, [&](const Var *var) { used |= needed.count(var) != 0; });
      if (!used)
        continue;
      taken.insert(it->stmt);
      need(it->reads);
      eachVar(*it->stmt->pattern, [&](const Var *var) {
        if (var->type->is(Type::Kind::Tensor))
          for (const ShapeElem &elem : var->type->shape)
            collectVars(elem.dim, sizes);
      });
    }
    for (auto it = program.globals.rbegin(); it != program.globals.rend(); ++it)
      if (needed.count(it->first)) {
        TopReads reads(/*withSizes=*/true);
        reads.visit(*it->second);
        need(reads);
      }
    auto isKnown = [&](const DimVar *dim) {
      return dim->kind == DimVar::Kind::FromVar ? needed.count(dim->var) != 0
                                                : sizes.count(dim) != 0;
    };
    for (const Stmt *stmt : program.body->stmts) {
      bool holds = stmt->kind == StmtKind::Assume;
      if (holds) { // what the types of the needed values rest on
        std::set<const DimVar *> dims;
        collectVars(as<AssumeStmt>(*stmt).fact.lhs, dims);
        collectVars(as<AssumeStmt>(*stmt).fact.rhs, dims);
        for (const DimVar *dim : dims)
          holds &= isKnown(dim);
      }
      if (holds || taken.count(stmt))
        test.before.push_back(stmt);
    }
  }

private:
  const Program &program;
};

} // namespace

void Checker::checkTests(Module &module) {
  std::map<std::string, Loc> names;
  for (const ast::Stmt *stmt : module.file->stmts)
    if (auto *test = stmt->as<ast::TestDecl>()) {
      auto [it, isNew] = names.emplace(test->name.text, test->name.loc);
      if (!isNew)
        report(DiagKind::DuplicateName, test->name.loc,
               "there are two tests of the name \"" + test->name.text + "\"")
            .also(it->second, "the first one");
      Block *body = checkBlock(test->body, nullptr, false);
      program_.tests.push_back({test->name.text, test->loc, body, {}, {}, false});
    }
}

void Checker::linkTests() {
  auto library = modules_.find(options_.stdlib + "/prelude/check.nn");
  bool isUsed = library != modules_.end() && library->second->scope; // read when a name is used
  if (isUsed && !options_.f64) {
    TopReads ofProgram;
    ofProgram.visit(*program_.body);
    if (ofProgram.checksGradients)
      reportGradcheck();
  }
  if (program_.tests.empty())
    return;
  TopLevel top(program_);
  for (TestDecl &test : program_.tests) {
    TopReads reads(/*withSizes=*/true);
    reads.visit(*test.body);
    test.checksGradients = reads.checksGradients;
    for (auto &[var, loc] : reads.places) {
      auto it = top.hidden.find(var);
      if (it == top.hidden.end())
        continue;
      const Var *root = it->second;
      std::string what = root->isMutable ? "the `var` `" : "the flag `";
      auto &diag =
          report(DiagKind::TopLevelVar, loc,
                 root != var ? "`" + var->name + "` comes from " + what + root->name +
                                   "`, which a test cannot see"
                 : root->isMutable
                     ? "`" + var->name + "` is a `var` of the program, which a test cannot see"
                     : "the flag `" + var->name + "` has no value in a test");
      diag.also(root->loc, "declared here");
      diag.help(root->isMutable ? "make what the test needs inside of it"
                                : "give the flag a default");
      break;
    }
    top.link(test, reads);
  }
}

// The call of a function of the library, below `root`, that leads to a check of gradients.
static Loc gradcheckIn(const Expr &root, std::set<const FnInstance *> &seen) {
  Loc place;
  walkTree(root, [&](const Expr &e) {
    if (e.kind != ExprKind::Call || place.valid())
      return;
    const FnInstance *fn = as<Call>(e).fn;
    if (!fn->isLibrary && fn->body && seen.insert(fn).second)
      place = gradcheckIn(*fn->body, seen);
    TopReads below;
    if (fn->isLibrary)
      below.visit(e);
    if (below.checksGradients)
      place = e.loc;
  });
  return place;
}

/// Differences in f32 say nothing about a gradient.
void Checker::reportGradcheck() {
  std::set<const FnInstance *> seen;
  report(DiagKind::GradcheckInF32, gradcheckIn(*program_.body, seen),
         "`gradcheck` compares in f64, and this is f32")
      .help("put it into a `test`, or run with --f64");
}

} // namespace nnc::sema
