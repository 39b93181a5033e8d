// Cost of a call through the C interface over the same call in C++:
//   bench_bridge mlp64.pt
// Both sides read host memory, run the network and leave the result in host memory, one thread. The
// C interface also checks every input and output for NaN. Medians over interleaved rounds.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "phase_bridge.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kFeatures = 64;

template <typename Call>
double microseconds(int repeats, Call&& call) {
  const auto begin = Clock::now();
  for (int i = 0; i < repeats; ++i) {
    call();
  }
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / repeats;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

bool compare(const char* path, std::int64_t ncol, int repeats) {
  constexpr int kRounds = 31;
  const auto n = static_cast<std::size_t>(ncol * kFeatures);
  std::vector<double> in(n, 0.25), through_c(n), through_cpp(n);
  const std::int64_t shape[] = {ncol, kFeatures};

  phase_model* model = nullptr;
  if (phase_model_load(path, "cpu", 0, 1, &model) != PHASE_OK ||
      phase_bind(model, PHASE_INPUT, "x", in.data(), PHASE_FLOAT64, 2, shape) != PHASE_OK ||
      phase_bind(model, PHASE_OUTPUT, "x", through_c.data(), PHASE_FLOAT64, 2, shape) != PHASE_OK) {
    return false;
  }

  torch::jit::Module module = torch::jit::load(path);
  module.eval();
  const at::Tensor input = at::from_blob(in.data(), {ncol, kFeatures}, at::kDouble);
  const at::Tensor output = at::from_blob(through_cpp.data(), {ncol, kFeatures}, at::kDouble);
  const auto direct = [&] {
    const c10::InferenceMode inference;
    c10::List<at::Tensor> list;
    list.push_back(input);
    output.copy_(module.forward({std::move(list)}).toTensorVector()[0]);
  };
  bool ok = true;
  const auto bridge = [&] { ok = phase_model_run(model, ncol, 0) == PHASE_OK && ok; };

  microseconds(repeats, direct);  // lets libtorch optimise its graph before the clock starts
  microseconds(repeats, bridge);
  std::vector<double> direct_times, bridge_times;
  for (int round = 0; round < kRounds; ++round) {
    direct_times.push_back(microseconds(repeats, direct));
    bridge_times.push_back(microseconds(repeats, bridge));
  }
  const double cpp = median(direct_times), c = median(bridge_times);
  std::printf(
      "%8lld columns: C++ libtorch %10.2f us, phase_bridge %10.2f us, ratio %.3f, difference %.2f "
      "us\n",
      static_cast<long long>(ncol), cpp, c, c / cpp, c - cpp);
  phase_model_free(&model);
  return ok && through_c == through_cpp;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_bridge mlp64.pt\n");
    return 2;
  }
  at::set_num_threads(1);
  std::printf("MLP 64-64-64, float64, one thread\n");
  return compare(argv[1], 1, 2000) && compare(argv[1], 1024, 50) && compare(argv[1], 16384, 5) ? 0
                                                                                               : 1;
}
