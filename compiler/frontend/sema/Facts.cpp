#include "compiler/frontend/sema/Facts.h"

namespace nnc::sema {

// Substitutions are applied until nothing changes: a witness may itself be a multiple of another.
Dim Facts::normalise(Dim dim) const {
  for (unsigned i = 0; i < 8; ++i) {
    Dim next = substitute(dim, subst_);
    if (next == dim)
      break;
    dim = next;
  }
  return dim;
}

static bool hasOpenAtom(const Dim &dim) {
  for (auto &[mono, coeff] : dim.terms())
    for (auto &[atom, power] : mono)
      if (atom.kind != DimAtom::Kind::Var && atom.kind != DimAtom::Kind::Prod)
        return true;
  return false;
}

// a / d - b / d for dims a and b of which neither is the other and a constant: these are two sizes,
// as a and b are, although rounding may hide it for some.
static bool areQuotientsOfTwoSizes(const Dim &difference) {
  const DimAtom *quotients[2] = {};
  int64_t sum = 0;
  if (difference.terms().size() != 2)
    return false;
  size_t i = 0;
  for (auto &[mono, coeff] : difference.terms()) {
    if (mono.size() != 1 || mono[0].second != 1 || mono[0].first.kind != DimAtom::Kind::FloorDiv)
      return false;
    quotients[i++] = &mono[0].first;
    sum += coeff;
  }
  Dim apart = *quotients[0]->lhs - *quotients[1]->lhs;
  return sum == 0 && *quotients[0]->rhs == *quotients[1]->rhs && !apart.constant() &&
         !hasOpenAtom(apart);
}

// A variable that stands alone in one term with coefficient 1 or -1 and nowhere else: dim = 0 gives
// it.
static std::optional<std::pair<const DimVar *, Dim>> solveForVar(const Dim &dim) {
  for (auto &[mono, coeff] : dim.terms()) {
    if (mono.size() != 1 || mono[0].second != 1 || mono[0].first.kind != DimAtom::Kind::Var ||
        (coeff != 1 && coeff != -1))
      continue;
    Dim alone = Dim(mono[0].first) * Dim(coeff), rest = dim - alone;
    std::set<const DimVar *> vars;
    collectVars(rest, vars);
    if (!vars.count(mono[0].first.var))
      return std::make_pair(mono[0].first.var, coeff == 1 ? Dim() - rest : rest);
  }
  return std::nullopt;
}

void Facts::assume(const Dim &lhs, BinaryOp op, const Dim &rhs, unsigned &nextId) {
  Dim a = normalise(lhs), b = normalise(rhs), one(1);
  switch (op) {
  case BinaryOp::Le:
    nonNegative_.push_back(b - a);
    return;
  case BinaryOp::Lt:
    nonNegative_.push_back(b - a - one);
    return;
  case BinaryOp::Ge:
    nonNegative_.push_back(a - b);
    return;
  case BinaryOp::Gt:
    nonNegative_.push_back(a - b - one);
    return;
  case BinaryOp::Ne:
    nonZero_.push_back(a - b);
    return;
  default:
    break;
  }
  // D % H == r: D = H*q + r, where q is what D / H is called from here on.
  if (a.terms().size() == 1 && a.terms().begin()->second == 1) {
    const Monomial &mono = a.terms().begin()->first;
    if (mono.size() == 1 && mono[0].second == 1 && mono[0].first.kind == DimAtom::Kind::Mod) {
      const Dim &value = *mono[0].first.lhs, &divisor = *mono[0].first.rhs;
      auto witness = std::make_shared<DimVar>();
      witness->name = Dim::floorDiv(value, divisor).str();
      witness->id = nextId++;
      if (auto solved = solveForVar(value - divisor * Dim(witness.get()) - b)) {
        subst_.dims[solved->first] = solved->second;
        owned_.push_back(witness);
      }
      return;
    }
  }
  if (auto solved = solveForVar(a - b))
    subst_.dims[solved->first] = solved->second;
  nonNegative_.push_back(a - b);
  nonNegative_.push_back(b - a);
}

// Sizes are >= 0, so a sum of positive terms is; else some known dim may be taken away first.
bool Facts::isNonNegative(const Dim &dim, unsigned depth) const {
  bool allPositive = true;
  for (auto &[mono, coeff] : dim.terms())
    allPositive &= coeff > 0;
  if (allPositive)
    return true;
  if (depth == 0)
    return false;
  for (const Dim &known : nonNegative_)
    if (isNonNegative(dim - normalise(known), depth - 1))
      return true;
  return false;
}

Proof Facts::prove(const Dim &lhs, BinaryOp op, const Dim &rhs) const {
  Dim difference = normalise(lhs) - normalise(rhs);
  auto constant = difference.constant();
  auto decided = [](bool holds) { return holds ? Proof::Yes : Proof::No; };
  switch (op) {
  case BinaryOp::Eq:
    if (constant)
      return decided(*constant == 0);
    return hasOpenAtom(difference) && !areQuotientsOfTwoSizes(difference) ? Proof::Open : Proof::No;
  case BinaryOp::Ne: {
    if (constant)
      return decided(*constant != 0);
    for (const Dim &known : nonZero_)
      if (normalise(known) == difference || normalise(known) == Dim() - difference)
        return Proof::Yes;
    bool apart =
        isNonNegative(difference - Dim(1), 2) || isNonNegative(Dim() - difference - Dim(1), 2);
    return apart ? Proof::Yes : Proof::Open;
  }
  case BinaryOp::Lt:
    difference = Dim() - difference - Dim(1);
    break;
  case BinaryOp::Le:
    difference = Dim() - difference;
    break;
  case BinaryOp::Gt:
    difference = difference - Dim(1);
    break;
  default:
    break;
  }
  constant = difference.constant();
  if (constant)
    return decided(*constant >= 0);
  if (isNonNegative(difference, 2))
    return Proof::Yes;
  return isNonNegative(Dim() - difference - Dim(1), 2) ? Proof::No : Proof::Open;
}

} // namespace nnc::sema
