// What is known about dims at a place in the program: `where`, `if` and `assume`.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"

namespace nnc::sema {

/// Open: the normal forms leave it undecided (division, min, max, or an inequality without a
/// proof).
enum class Proof { Yes, No, Open };

class Facts {
public:
  void assume(const Dim &lhs, BinaryOp op, const Dim &rhs, unsigned &nextId);
  Proof prove(const Dim &lhs, BinaryOp op, const Dim &rhs) const;
  bool equal(const Dim &a, const Dim &b) const {
    return a == b || prove(a, BinaryOp::Eq, b) == Proof::Yes;
  }

private:
  Dim normalise(Dim dim) const;
  bool isNonNegative(const Dim &dim, unsigned depth) const;

  DimBindings subst_;                          // witnesses: D -> H*q for D % H == 0
  std::vector<Dim> nonNegative_;               // dims >= 0
  std::vector<Dim> nonZero_;                   // dims != 0
  std::vector<std::shared_ptr<DimVar>> owned_; // the witnesses' variables
};

} // namespace nnc::sema
