#include "status.h"

#include <c10/util/Exception.h>

#include <array>
#include <cstring>
#include <new>

namespace phase {
namespace {

thread_local std::string last_error_text;

// Storing the text may itself run out of memory: then the code still comes back, with no text.
int record(int code, const char* where, const char* what) noexcept {
  try {
    std::string text(where);
    text += ": ";
    text += what;
    last_error_text = std::move(text);
  } catch (...) {
    last_error_text.clear();
  }
  return code;
}

int record_brief(int code, const char* where, const std::exception& error) noexcept {
  try {
    return record(code, where, brief(error).c_str());
  } catch (...) {
    return record(code, where, error.what());
  }
}

// what() of a c10::Error carries a C++ backtrace; every other exception has only one text.
const char* text_of(const std::exception& error) noexcept {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  return torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
}

}  // namespace

std::string brief(const std::exception& error) {
  const std::string text = text_of(error);
  std::size_t begin = 0;
  if (text.find("TorchScript interpreter") != std::string::npos) {
    // A trace of the graph's source; the reason is the line "SomeError: ..." at its end.
    const std::size_t reason = text.rfind("Error: ");
    begin = reason == std::string::npos ? 0 : text.rfind('\n', reason);
    begin = begin == std::string::npos ? 0 : begin;
  }
  begin = text.find_first_not_of("\n\r ", begin);
  if (begin == std::string::npos) {
    return "no reason given";
  }
  return text.substr(begin, text.find_first_of("\n\r", begin) - begin);
}

bool is_memory_failure(const std::exception& error) noexcept {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
      dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) {
    return true;
  }
  constexpr std::array<const char*, 4> kSigns = {"can't allocate memory", "not enough memory",
                                                 "out of memory", "bad_alloc"};
  const char* text = text_of(error);
  for (const char* sign : kSigns) {
    if (std::strstr(text, sign) != nullptr) {
      return true;
    }
  }
  return false;
}

int record_current_exception(const char* where) noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return record(error.code(), where, error.what());
  } catch (const std::exception& error) {
    const int code = is_memory_failure(error) ? PHASE_ERR_MEMORY : PHASE_ERR_RUNTIME;
    return record_brief(code, where, error);
  } catch (...) {
    return record(PHASE_ERR_RUNTIME, where, "unknown error");
  }
}

const std::string& last_error() noexcept {
  return last_error_text;
}

}  // namespace phase
