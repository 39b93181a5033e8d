// Choice of the device a surrogate runs on.
#ifndef PHASE_BRIDGE_DEVICE_H
#define PHASE_BRIDGE_DEVICE_H

#include <c10/core/Device.h>

#include <string>

namespace phase {

// Device for a request ("auto", "cpu", "cuda", "cuda:N") by the process with this rank on its node,
// on a machine with `gpu_count` GPUs. Throws Error with PHASE_ERR_DEVICE; never falls back
// silently.
c10::Device choose_device(const std::string& request, int local_rank, int gpu_count);

// GPUs this process can use, 0 with a libtorch built without CUDA.
int visible_gpu_count() noexcept;

}  // namespace phase

#endif  // PHASE_BRIDGE_DEVICE_H
