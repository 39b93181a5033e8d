// Scope in which floating-point exceptions do not trap.
#ifndef PHASE_BRIDGE_FP_ENVIRONMENT_H
#define PHASE_BRIDGE_FP_ENVIRONMENT_H

#include <cfenv>

namespace phase {

// Model builds for debugging trap invalid, divide-by-zero and overflow, which tensor kernels raise
// on purpose (masked lanes, log(0) selected away). Flush-to-zero modes of optimised host builds
// would in turn change a surrogate's answer. So the library always computes in the default
// environment and gives the caller's back untouched, status flags included.
class DefaultFpEnvironment {
 public:
  DefaultFpEnvironment() noexcept {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultFpEnvironment() { std::fesetenv(&saved_); }
  DefaultFpEnvironment(const DefaultFpEnvironment&) = delete;
  DefaultFpEnvironment& operator=(const DefaultFpEnvironment&) = delete;

 private:
  std::fenv_t saved_;
};

}  // namespace phase

#endif  // PHASE_BRIDGE_FP_ENVIRONMENT_H
