// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011).
#pragma once
#include <array>
#include <cstdint>

namespace nnrt {

using PhiloxBlock = std::array<uint32_t, 4>;

/// The ten rounds on four counter words and two key words.
inline PhiloxBlock philox(PhiloxBlock counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = uint64_t(0xD2511F53u) * counter[0], p1 = uint64_t(0xCD9E8D57u) * counter[2];
    counter = {uint32_t(p1 >> 32) ^ counter[1] ^ key0, uint32_t(p1),
               uint32_t(p0 >> 32) ^ counter[3] ^ key1, uint32_t(p0)};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// What the third and fourth counter words stand for: streams of one key never meet.
enum PhiloxUse : uint32_t { UseBits = 0, UseSplit = 1, UseSample = 2, UsePass = 3 };

inline PhiloxBlock philox(uint64_t key, uint64_t counter, uint32_t word2, PhiloxUse use) {
  return philox({uint32_t(counter), uint32_t(counter >> 32), word2, use}, uint32_t(key),
                uint32_t(key >> 32));
}

inline uint64_t keyOf(const PhiloxBlock &block) { return block[0] | uint64_t(block[1]) << 32; }

/// The key of the child that nnrt_rng_split makes.
inline uint64_t splitKey(uint64_t key, uint64_t counter) {
  return keyOf(philox(key, counter, 0, UseSplit));
}

} // namespace nnrt
