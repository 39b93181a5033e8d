#include "finite.h"

#include <cmath>
#include <cstring>

namespace phase {
namespace {

constexpr std::int64_t kBlock = 1024;

// An exponent of all ones marks NaN and infinity: adding one to it carries into the sign bit, which
// was cleared. Integer arithmetic keeps the loop free of branches, so that it vectorises and costs
// little more than reading the memory.
template <typename Real, typename Bits, Bits kMagnitude, Bits kOneExponent>
bool block_is_finite(const Real* values) noexcept {
  Bits carry = 0;
  for (std::int64_t i = 0; i < kBlock; ++i) {
    Bits bits;
    std::memcpy(&bits, values + i, sizeof bits);
    carry |= (bits & kMagnitude) + kOneExponent;
  }
  return (carry & ~kMagnitude) == 0;
}

template <typename Real, typename Bits, Bits kMagnitude, Bits kOneExponent>
NonFinite search(const Real* values, std::int64_t n) noexcept {
  NonFinite found;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const bool whole = n - begin >= kBlock;
    if (whole && block_is_finite<Real, Bits, kMagnitude, kOneExponent>(values + begin)) {
      continue;
    }
    const std::int64_t end = whole ? begin + kBlock : n;
    for (std::int64_t i = begin; i < end; ++i) {
      if (!std::isfinite(values[i])) {
        found.first = found.count == 0 ? i : found.first;
        ++found.count;
      }
    }
  }
  return found;
}

}  // namespace

NonFinite find_nonfinite(const double* values, std::int64_t n) noexcept {
  return search<double, std::uint64_t, 0x7fffffffffffffffULL, 0x0010000000000000ULL>(values, n);
}

NonFinite find_nonfinite(const float* values, std::int64_t n) noexcept {
  return search<float, std::uint32_t, 0x7fffffffU, 0x00800000U>(values, n);
}

}  // namespace phase
