// Runs one test case: test_bridge CASE ARTIFACT_FOLDER, or test_bridge --list.
#include <cstdio>
#include <exception>
#include <string>

#include "testing.h"

namespace testing {
namespace {

std::string artifact_folder;

}  // namespace

std::map<std::string, Case>& cases() {
  static std::map<std::string, Case> all;
  return all;
}

std::string artifact(const std::string& name) {
  return artifact_folder + "/" + name;
}

void set_artifact_folder(const std::string& folder) {
  artifact_folder = folder;
}

void fail(const char* file, int line, const std::string& message) {
  throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + message);
}

std::string last_error() {
  std::string text(phase_last_error_length() + 1, '\0');
  phase_last_error(text.data(), text.size());
  text.pop_back();
  return text;
}

void expect_error(const char* file, int line, int found, int expected,
                  const std::vector<std::string>& words) {
  const std::string text = last_error();
  if (found != expected) {
    fail(file, line,
         "expected status " + std::to_string(expected) + ", found " + std::to_string(found) + ": " +
             text);
  }
  for (const std::string& word : words) {
    if (text.find(word) == std::string::npos) {
      fail(file, line, "expected '" + word + "' in the message, found: " + text);
    }
  }
  std::printf("%s\n", text.c_str());
}

Loaded::Loaded(const std::string& name, const char* device, int n_threads) {
  CHECK_OK(phase_model_load(artifact(name).c_str(), device, 0, n_threads, &model_));
}

Table::Table(std::int64_t columns, std::int64_t features, double scale)
    : ncol(columns), nfeature(features), values(static_cast<std::size_t>(columns * features)) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = scale * static_cast<double>((i * 7) % 13 + 1);
  }
}

int bind(phase_model* model, int kind, const char* name, Table& table) {
  const std::int64_t shape[] = {table.ncol, table.nfeature};
  return phase_bind(model, kind, name, table.values.data(), PHASE_FLOAT64, 2, shape);
}

GoodArrays::GoodArrays(phase_model* model, std::int64_t ncol)
    : leafc(ncol, 3),
      soil(ncol, 4, 10.0),
      slatop{0.5, 1.0, 2.0},
      leafc_out(ncol, 3),
      trust(ncol, 1) {
  const std::int64_t npft = 3;
  CHECK_OK(bind(model, PHASE_INPUT, "leafc", leafc));
  CHECK_OK(bind(model, PHASE_INPUT, "soil4c_vr", soil));
  CHECK_OK(phase_bind(model, PHASE_INPUT, "slatop", slatop.data(), PHASE_FLOAT64, 1, &npft));
  CHECK_OK(bind(model, PHASE_OUTPUT, "leafc", leafc_out));
  CHECK_OK(bind(model, PHASE_OUTPUT, "trust", trust));
}

}  // namespace testing

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "--list") {
    for (const auto& entry : testing::cases()) {
      std::printf("%s\n", entry.first.c_str());
    }
    return 0;
  }
  const auto found = testing::cases().find(name);
  if (argc != 3 || found == testing::cases().end()) {
    std::fprintf(stderr, "usage: test_bridge CASE ARTIFACT_FOLDER | --list\n");
    return 2;
  }
  testing::set_artifact_folder(argv[2]);
  try {
    found->second();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s failed\n%s\n", name.c_str(), error.what());
    return 1;
  }
  return 0;
}
