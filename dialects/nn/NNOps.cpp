#include "dialects/nn/Batching.h"
#include "dialects/nn/Dims.h"
#include "dialects/nn/Element.h"
#include "dialects/nn/Expr.h"
#include "dialects/nn/NNDialect.h"

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.cpp.inc"
