// Known answers of Random123 (kat_vectors), and the definition of a split.
#include "runtime/core/Philox.h"
#include "test/runtime/Check.h"
#include <cstring>

using namespace nnrt;

int main() {
  CHECK(
      (philox({0, 0, 0, 0}, 0, 0) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK((philox({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u) ==
         PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  CHECK((philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
         PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));

  nnrt_context *ctx = nnrt_context_new();
  nnrt_tensor *rng = nnrt_rng_new(ctx, 0x123456789abcdef0), *child;
  nnrt_tensor *parent = nnrt_rng_split(ctx, rng, &child);
  CHECK_TEXT(child->typeText(), "i64[2]");
  PhiloxBlock words = philox({0, 0, 0, 1}, 0x9abcdef0, 0x12345678);
  CHECK(uint64_t(nnrt_tensor_at_i64(ctx, child, 0)) == (words[0] | uint64_t(words[1]) << 32));
  CHECK(nnrt_tensor_at_i64(ctx, child, 1) == 0);
  CHECK(nnrt_tensor_at_i64(ctx, parent, 0) == 0x123456789abcdef0);
  CHECK(nnrt_tensor_at_i64(ctx, parent, 1) == 1);
  CHECK(nnrt_tensor_at_i64(ctx, rng, 1) == 0); // a value: the old one is as it was
  nnrt_context_free(ctx);
  return finish();
}
