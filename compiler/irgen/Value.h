// What an expression of the typed tree evaluates to while IR is made.
//
// Functions and closures are expanded where they are called, so only first-order data ever becomes
// an SSA value: tensors, ints, flags, handles. Everything else (structs, tuples, functions) exists
// at compile time.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"
#include <optional>

namespace nnc::irgen {

/// A size or host int: a constant, or an SSA value of type index.
struct Size {
  int64_t constant = 0;
  mlir::Value value;
  Size() = default;
  Size(int64_t c) : constant(c) {}
  explicit Size(mlir::Value v) : value(v) {}
  bool isConstant() const { return !value; }
  friend bool operator==(const Size &a, const Size &b) {
    return a.constant == b.constant && a.value == b.value;
  }
};

inline mlir::Type elementOf(mlir::Value tensor) {
  return mlir::cast<mlir::RankedTensorType>(tensor.getType()).getElementType();
}

struct Frame;

struct Val {
  enum class Kind {
    Unit,
    Int,    // size
    Bool,   // v: i1
    Tensor, // v: ranked tensor (bool scalars too, once they meet tensors); an Rng is tensor<2xi64>
    Handle, // v: !host.handle
    Text,   // a constant string, becomes a handle where one is needed
    Aggregate, // parts: tuple, struct, range (lo, hi)
    Model,     // parts by field; v: the flat params if they are known as one value, state: likewise
    Array,     // parts[0]: the elements stacked on a leading axis; size: how many
    List,      // parts: a list whose length is known when compiling
    Tree,      // v: flat buffer with the layout of a model's params; null without params
    None,      // an absent value
    Maybe,     // v: i1, whether parts[0] is there
    Variant, // size: which one; parts: its values. Known when compiling; else an enum is an Int (no
             // variant has values) or a Handle (a struct of the tag and the variant's values)
    Fn,      // closure or function
  } kind = Kind::Unit;
  mlir::Value v;
  mlir::Value state;
  Size size;
  std::vector<Val> parts;
  std::string text;                 // Text, and the path of a leaf
  std::optional<double> padding;    // of a tree, where known: Note [Padding]
  bool loose = false;               // a tensor whose sizes change from one assignment to the next
  const sema::Type *type = nullptr; // of a value that is to be printed later
  const sema::Closure *closure = nullptr;
  const sema::FnInstance *fn = nullptr;
  std::shared_ptr<Frame> frame; // of a closure: where it was written, or copies of it
  bool borrows = false;         // of a closure that is an argument: Note [Closures that are kept]

  static Val integer(Size s) {
    Val r;
    r.kind = Kind::Int;
    r.size = s;
    return r;
  }
  static Val boolean(mlir::Value v) { return of(Kind::Bool, v); }
  static Val tensor(mlir::Value v) { return of(Kind::Tensor, v); }
  static Val handle(mlir::Value v) { return of(Kind::Handle, v); }
  static Val tree(mlir::Value v, std::optional<double> padding = 0) {
    Val r = of(Kind::Tree, v);
    r.padding = padding;
    return r;
  }
  static Val none() { return of(Kind::None, {}); }
  static Val aggregate(std::vector<Val> parts) {
    Val r;
    r.kind = Kind::Aggregate;
    r.parts = std::move(parts);
    return r;
  }
  bool is(Kind k) const { return kind == k; }

private:
  static Val of(Kind kind, mlir::Value v) {
    Val r;
    r.kind = kind;
    r.v = v;
    return r;
  }
};

/// What dim variables and packs stand for in one expanded function.
struct DimScope {
  std::map<const sema::DimVar *, Size> dims;
  std::map<const sema::PackVar *, std::vector<Size>> packs;
};

/// Variables and sizes of one expanded function or closure body.
struct Frame {
  std::map<const sema::Var *, Val> vars;
  DimScope scope;
  std::shared_ptr<Frame> parent; // of a closure's body: the frame that it was written in
  const sema::FnInstance *fn = nullptr;
};

} // namespace nnc::irgen
