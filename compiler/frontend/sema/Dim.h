// Sizes of axes as symbolic expressions in polynomial normal form.
//
// A Dim is a sum of terms: an integer coefficient times powers of atoms. An atom is a dim variable
// or one of the operations that do not expand (floor division, remainder, min, max) of two Dims.
// Two Dims are equal for all values of their variables if their normal forms are identical.
#pragma once
#include "compiler/diagnostics/Loc.h"
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nnc::sema {

struct Var;
class Dim;

/// What a size of which only the data knows is called where the program gives it no name.
inline constexpr const char *kNameless = "?";

/// A name for a size: declared in `[...]`, bound by `?B`, or an immutable `int` variable used as a
/// size.
struct DimVar {
  enum class Kind { Declared, Fresh, FromVar } kind = Kind::Declared;
  std::string name;
  Loc loc;
  const Var *var = nullptr; // FromVar: the `let`, parameter or `arg` whose value this is
  unsigned id = 0;          // creation order; orders terms
  bool ofSignature = false; // Fresh: `?K` of a declared function, another size at each call
};

/// A pack `..S`: any number of dims.
struct PackVar {
  std::string name;
  Loc loc;
  unsigned id = 0;
};

struct DimAtom {
  enum class Kind { Var, FloorDiv, Mod, Min, Max, Prod } kind = Kind::Var;
  const DimVar *var = nullptr;         // Var
  const PackVar *pack = nullptr;       // Prod: product of the pack's dims
  std::shared_ptr<const Dim> lhs, rhs; // FloorDiv, Mod, Min, Max
};
bool operator<(const DimAtom &a, const DimAtom &b);
bool operator==(const DimAtom &a, const DimAtom &b);

/// Product of atoms with their exponents (>= 1), in order.
using Monomial = std::vector<std::pair<DimAtom, unsigned>>;

class Dim {
public:
  Dim() = default; // zero
  Dim(int64_t value);
  Dim(int value) : Dim(int64_t(value)) {}
  explicit Dim(const DimVar *var);
  explicit Dim(DimAtom atom);

  const std::map<Monomial, int64_t> &terms() const { return terms_; }
  std::optional<int64_t> constant() const;
  const DimVar *asVar() const; // the variable if this is exactly one variable, else null

  friend Dim operator+(const Dim &a, const Dim &b);
  friend Dim operator-(const Dim &a, const Dim &b);
  friend Dim operator*(const Dim &a, const Dim &b);
  friend bool operator==(const Dim &a, const Dim &b) { return a.terms_ == b.terms_; }
  friend bool operator!=(const Dim &a, const Dim &b) { return !(a == b); }
  friend bool operator<(const Dim &a, const Dim &b) { return a.terms_ < b.terms_; }
  static Dim floorDiv(const Dim &a, const Dim &b); // (a*m + r) / m = a + r/m where that holds
  static Dim mod(const Dim &a, const Dim &b);
  static Dim min(const Dim &a, const Dim &b);
  static Dim max(const Dim &a, const Dim &b);

  /// Exact quotient, or nothing where `b` does not divide `a` for all values of the variables.
  static std::optional<Dim> divideExactly(const Dim &a, const Dim &b);

  std::string str() const; // as a user writes it: `2*H + 1`

private:
  std::map<Monomial, int64_t> terms_; // no zero coefficients
};

/// One entry of a shape: a size, or a pack standing for any number of sizes.
struct ShapeElem {
  Dim dim;
  const PackVar *pack = nullptr;
  bool literalOne = false; // written as 1 (by `new` or `keep: true`): may expand in broadcasting
  friend bool operator==(const ShapeElem &a, const ShapeElem &b) {
    return a.dim == b.dim && a.pack == b.pack;
  }
};
using Shape = std::vector<ShapeElem>;

/// What generic dims and packs stand for at a call or in a type argument list.
/// In the order in which they were made, so that what comes out does not depend on addresses.
struct ByAge {
  template <class T> bool operator()(const T *a, const T *b) const {
    return a->id != b->id ? a->id < b->id : a < b;
  }
};
struct DimBindings {
  std::map<const DimVar *, Dim, ByAge> dims;
  std::map<const PackVar *, Shape, ByAge> packs;
};

/// What a dim or shape is where the variables have these values; variables without one stay.
Dim substitute(const Dim &dim, const DimBindings &bindings);
Shape substitute(const Shape &shape, const DimBindings &bindings);

/// Every variable that a dim mentions, those inside of divisions, `min` and `max` included.
void collectVars(const Dim &dim, std::set<const DimVar *> &vars);

std::string str(const Shape &shape); // `B, 2*H`, without brackets

} // namespace nnc::sema
