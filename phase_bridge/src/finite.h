// Search for NaN and infinity.
#ifndef PHASE_BRIDGE_FINITE_H
#define PHASE_BRIDGE_FINITE_H

#include <cstdint>

namespace phase {

// How many values of an array are not finite, and where the first one stands.
struct NonFinite {
  std::int64_t count = 0;
  std::int64_t first = -1;
};

NonFinite find_nonfinite(const double* values, std::int64_t n) noexcept;
NonFinite find_nonfinite(const float* values, std::int64_t n) noexcept;

}  // namespace phase

#endif  // PHASE_BRIDGE_FINITE_H
