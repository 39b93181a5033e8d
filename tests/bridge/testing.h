// A register of test cases and the checks they use.
#ifndef PHASE_TESTS_TESTING_H
#define PHASE_TESTS_TESTING_H

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "phase_bridge.h"

namespace testing {

using Case = std::function<void()>;

// Cases by name.
std::map<std::string, Case>& cases();

struct Registration {
  Registration(const char* name, Case body) { cases()[name] = std::move(body); }
};

// Path of an artifact written by make_artifacts.py.
std::string artifact(const std::string& name);
void set_artifact_folder(const std::string& folder);

[[noreturn]] void fail(const char* file, int line, const std::string& message);

std::string last_error();

// The call failed with this code and a text that holds every one of the words.
void expect_error(const char* file, int line, int found, int expected,
                  const std::vector<std::string>& words);

// A loaded model that frees itself.
class Loaded {
 public:
  explicit Loaded(const std::string& name, const char* device = "cpu", int n_threads = 0);
  ~Loaded() { phase_model_free(&model_); }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  operator phase_model*() const { return model_; }  // NOLINT: stands for the handle

 private:
  phase_model* model_ = nullptr;
};

// Host array of a tensor with a column dimension: values[column * nfeature + feature].
struct Table {
  Table(std::int64_t columns, std::int64_t features, double scale = 1.0);
  double& at(std::int64_t column, std::int64_t feature) {
    return values[static_cast<std::size_t>(column * nfeature + feature)];
  }
  std::int64_t ncol;
  std::int64_t nfeature;
  std::vector<double> values;
};

int bind(phase_model* model, int kind, const char* name, Table& table);

// The arrays of good.pt, bound.
struct GoodArrays {
  GoodArrays(phase_model* model, std::int64_t ncol);
  Table leafc, soil;
  std::vector<double> slatop;
  Table leafc_out, trust;
};

}  // namespace testing

#define PHASE_TEST(name)                                               \
  static void name();                                                  \
  static const testing::Registration registration_##name(#name, name); \
  static void name()

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) testing::fail(__FILE__, __LINE__, "not so: " #condition); \
  } while (false)

#define CHECK_OK(call)                                                                      \
  do {                                                                                      \
    const int code_ = (call);                                                               \
    if (code_ != PHASE_OK)                                                                  \
      testing::fail(__FILE__, __LINE__,                                                     \
                    #call " gave " + std::to_string(code_) + ": " + testing::last_error()); \
  } while (false)

#define CHECK_ERROR(call, code, ...) \
  testing::expect_error(__FILE__, __LINE__, (call), (code), {__VA_ARGS__})

#endif  // PHASE_TESTS_TESTING_H
