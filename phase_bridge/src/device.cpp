#include "device.h"

#include <torch/cuda.h>

#include <algorithm>

#include "status.h"

namespace phase {
namespace {

[[noreturn]] void refuse(const std::string& request, const std::string& reason) {
  throw Error(PHASE_ERR_DEVICE, "device '" + request + "': " + reason);
}

c10::Device gpu(const std::string& request, int index, int gpu_count) {
  if (gpu_count == 0) {
    refuse(request,
           "expected a GPU, found none that this libtorch can use; take 'auto' or 'cpu', or "
           "run on a GPU node with a libtorch built for CUDA");
  }
  if (index >= gpu_count) {
    refuse(request, "expected a GPU number of 0 to " + std::to_string(gpu_count - 1) + ", found " +
                        std::to_string(index));
  }
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

}  // namespace

int visible_gpu_count() noexcept {
  try {
    return torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  } catch (...) {
    return 0;  // a driver that cannot even be asked is no GPU; "cuda" then says so
  }
}

c10::Device choose_device(const std::string& request, int local_rank, int gpu_count) {
  if (request == "cpu" || (request == "auto" && gpu_count == 0)) {
    return {c10::kCPU};
  }
  if (request == "auto" || request == "cuda") {
    return gpu(request, gpu_count > 0 ? local_rank % gpu_count : 0, gpu_count);
  }
  const std::string prefix = "cuda:";
  const std::string number = request.substr(std::min(prefix.size(), request.size()));
  if (request.compare(0, prefix.size(), prefix) != 0 || number.empty() || number.size() > 3 ||
      number.find_first_not_of("0123456789") != std::string::npos) {
    refuse(request, "expected 'auto', 'cpu', 'cuda' or 'cuda:N'");
  }
  return gpu(request, std::stoi(number), gpu_count);
}

}  // namespace phase
