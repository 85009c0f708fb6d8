// Dims: normal forms, division, facts, and how they print.
#include "compiler/frontend/sema/Facts.h"
#include <cstdio>

using namespace nnc::sema;

static int failures = 0;

static void expectText(const Dim &dim, const std::string &text, int line) {
  if (dim.str() == text)
    return;
  std::printf("line %d: expected %s, got %s\n", line, text.c_str(), dim.str().c_str());
  ++failures;
}
static void expectTrue(bool holds, int line) {
  if (holds)
    return;
  std::printf("line %d does not hold\n", line);
  ++failures;
}
#define TEXT(DIM, STR) expectText(DIM, STR, __LINE__)
#define HOLDS(COND) expectTrue(COND, __LINE__)

static DimVar variable(const char *name, unsigned id) {
  DimVar var;
  var.name = name;
  var.id = id;
  return var;
}

int main() {
  DimVar h = variable("H", 1), k = variable("K", 2), p = variable("P", 3), d = variable("D", 4);
  Dim H(&h), K(&k), P(&p), D(&d);

  TEXT(2 * H + 1, "2*H + 1");
  TEXT(H + 2 * P - K, "H + 2*P - K");
  TEXT(H * H - H * H, "0");
  HOLDS((H + 1) * (H - 1) == H * H - 1);

  // (a*m + r) / m = a + r/m
  TEXT(Dim::floorDiv(4 * H, 4), "H");
  TEXT(Dim::floorDiv(4 * H + 3, 4), "H");
  TEXT(Dim::floorDiv(4 * H - 1, 4), "H - 1");
  TEXT(Dim::floorDiv(H * D, D), "H");
  TEXT(Dim::floorDiv(3 * H, 2), "H + H/2");
  TEXT(Dim::floorDiv(D, H), "D/H");
  TEXT(Dim::floorDiv(H * D, 2 * H), "D/2");
  TEXT(Dim::floorDiv(H * H - 1, H + 1), "H - 1");
  TEXT(Dim::floorDiv(Dim::floorDiv(H, 2), 2), "H/4");
  TEXT(Dim::floorDiv(7, -2), "-4");
  TEXT(Dim::floorDiv(H, 0), "H/0");
  TEXT(Dim::mod(4 * H + 3, 4), "3");
  TEXT(Dim::mod(H, 4), "H%4");
  TEXT(Dim::mod(-1, 4), "3");
  TEXT(Dim::min(H, H + 1), "H");
  TEXT(Dim::max(H, K), "max(H, K)");
  HOLDS(Dim::min(H, K) == Dim::min(K, H));
  HOLDS(!Dim::divideExactly(H, 2));

  // What a convolution makes of an axis, once its dims are known.
  DimBindings sizes;
  sizes.dims[&h] = 28;
  sizes.dims[&k] = 3;
  sizes.dims[&p] = Dim::floorDiv(3, 2);
  TEXT(substitute(Dim::floorDiv(H + 2 * P - K, 2) + 1, sizes), "14");

  unsigned next = 100;
  Facts facts;
  HOLDS(facts.prove(H, BinaryOp::Eq, K) == Proof::No);
  HOLDS(facts.prove(H * Dim::floorDiv(D, H), BinaryOp::Eq, D) == Proof::Open);
  HOLDS(facts.prove(H, BinaryOp::Le, H + K) == Proof::Yes);
  HOLDS(facts.prove(H, BinaryOp::Lt, H) == Proof::No);
  facts.assume(Dim::mod(D, H), BinaryOp::Eq, 0, next);
  HOLDS(facts.equal(H * Dim::floorDiv(D, H), D));
  facts.assume(Dim::mod(K, 2), BinaryOp::Eq, 1, next);
  HOLDS(facts.equal(Dim::floorDiv(K, 2) * 2 + 1, K));
  facts.assume(P, BinaryOp::Le, H, next);
  facts.assume(H, BinaryOp::Lt, 10, next);
  HOLDS(facts.prove(P, BinaryOp::Lt, 10) == Proof::Yes);
  HOLDS(facts.prove(P, BinaryOp::Gt, 12) == Proof::No);

  std::puts(failures ? "dims disagree" : "all dims agree");
  return failures != 0;
}
