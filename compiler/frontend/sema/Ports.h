// How C calls an `export fn`: its parameters there, in order.
#pragma once
#include "compiler/frontend/sema/TypedTree.h"

namespace nnc::sema {

/// First the parameters as they are declared, then the sizes that their types mention, then what is
/// written: one for the result, or one per member where it is a tuple.
struct Port {
  enum class Role {
    Tensor, // a pointer to the elements
    Scalar,
    Int,   // of the language: 64 bits
    Size,  // a dim of the tensors
    Result // a pointer to where the elements go
  } role;
  std::string name; // as C has it
  const Type *type = nullptr;
  const Var *param = nullptr;  // Tensor, Scalar, Int
  const DimVar *dim = nullptr; // Size; Int where types mention it: `k: dim`
};

std::vector<Port> portsOf(const FnInstance &fn);

/// The dims of a type, in the order in which they are written.
void dimsOf(const Type &type, std::vector<const DimVar *> &out);

/// Whether the dim is a value of the program's top level, and not decided by the arguments.
bool isOfProgram(const DimVar &dim);

} // namespace nnc::sema
