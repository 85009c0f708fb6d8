// What is known only after all bodies: which functions are recursive.
#include "compiler/frontend/sema/Checker.h"
#include "compiler/frontend/sema/Walk.h"

namespace nnc::sema {

// A function is recursive if it can reach itself.
void Checker::markRecursion() {
  std::map<FnInstance *, unsigned> index, low;
  std::vector<FnInstance *> stack;
  std::set<FnInstance *> onStack;
  unsigned next = 0;
  // Tarjan's components, with an explicit stack: chains of calls may be long.
  struct Step {
    FnInstance *fn;
    std::set<FnInstance *>::iterator at;
  };
  for (auto &[root, pending] : bodies_) {
    if (index.count(root))
      continue;
    std::vector<Step> steps;
    auto enter = [&](FnInstance *fn) {
      index[fn] = low[fn] = next++;
      stack.push_back(fn);
      onStack.insert(fn);
      steps.push_back({fn, bodies_[fn].callees.begin()});
    };
    enter(root);
    while (!steps.empty()) {
      Step &step = steps.back();
      FnInstance *fn = step.fn;
      if (step.at != bodies_[fn].callees.end()) {
        FnInstance *callee = *step.at++;
        if (!index.count(callee))
          enter(callee);
        else if (onStack.count(callee))
          low[fn] = std::min(low[fn], index[callee]);
        continue;
      }
      steps.pop_back();
      if (!steps.empty())
        low[steps.back().fn] = std::min(low[steps.back().fn], low[fn]);
      if (low[fn] != index[fn])
        continue;
      bool many = stack.back() != fn || bodies_[fn].callees.count(fn);
      FnInstance *member;
      do {
        member = stack.back();
        stack.pop_back();
        onStack.erase(member);
        member->isRecursive = many;
      } while (member != fn);
    }
  }
}

// A literal of 2^63 or more must have met a u64 or a float.
void Checker::refuseLargeNumbers() {
  if (!hasLargeNumbers_)
    return;
  auto ofExpr = [&](const Expr &expr) {
    if (expr.kind != ExprKind::Int || !as<IntLit>(expr).isLarge ||
        (expr.type->is(Type::Kind::Tensor) && expr.type->dtype == DType::U64))
      return;
    auto &diag = diags_.report(DiagKind::BadNumber, expr.loc,
                               text(expr.loc) + " does not fit in " + expr.type->str());
    if (expr.type->is(Type::Kind::Int))
      diag.help("write `u64(" + text(expr.loc) + ")`");
  };
  eachOwnBody([&](const Expr &body) { walkTree(body, ofExpr); });
}

} // namespace nnc::sema
