// Failures inside the library and the one place where they turn into status codes.
#ifndef PHASE_BRIDGE_STATUS_H
#define PHASE_BRIDGE_STATUS_H

#include <exception>
#include <string>
#include <utility>

#include "fp_environment.h"
#include "phase_bridge.h"

namespace phase {

// A failure with its status code; the text is complete but for the name of the calling function.
class Error : public std::exception {
 public:
  Error(phase_status code, std::string message) : code_(code), message_(std::move(message)) {}
  phase_status code() const noexcept { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  phase_status code_;
  std::string message_;
};

// The line of an exception's text that gives the reason, without traces.
std::string brief(const std::exception& error);

// Whether the exception in flight says that memory ran out: libtorch reports it as c10::Error or,
// from inside a graph, as std::runtime_error with the original text.
bool is_memory_failure(const std::exception& error) noexcept;

// Turns the exception in flight into a status code and the thread's last-error text. Call it from a
// catch block only.
int record_current_exception(const char* where) noexcept;

// Text of the last failure on this thread.
const std::string& last_error() noexcept;

// Runs `body` in the default floating-point environment and lets no exception out.
template <typename Body>
int guarded(const char* where, Body&& body) noexcept {
  const DefaultFpEnvironment environment;
  try {
    std::forward<Body>(body)();
    return PHASE_OK;
  } catch (...) {
    return record_current_exception(where);
  }
}

}  // namespace phase

#endif  // PHASE_BRIDGE_STATUS_H
