// SHA-256 (FIPS 180-4) of a block of bytes.
#ifndef PHASE_BRIDGE_SHA256_H
#define PHASE_BRIDGE_SHA256_H

#include <string>
#include <string_view>

namespace phase {

// Digest as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace phase

#endif  // PHASE_BRIDGE_SHA256_H
