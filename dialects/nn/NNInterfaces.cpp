#include "dialects/nn/NNInterfaces.h"

nn::Derivation::~Derivation() = default;

#include "dialects/nn/NNInterfaces.cpp.inc"
