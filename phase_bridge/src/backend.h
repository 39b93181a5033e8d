// What runs a graph. One implementation a file format.
#ifndef PHASE_BRIDGE_BACKEND_H
#define PHASE_BRIDGE_BACKEND_H

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <memory>
#include <vector>

namespace phase {

class Archive;

class Backend {
 public:
  virtual ~Backend() = default;
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // Runs the graph on tensors in schema order that lie on the backend's device. Two calls with the
  // same values give the same bits. Lets libtorch's exceptions through.
  virtual std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) = 0;
};

// TorchScript archive with `forward(inputs: List[Tensor]) -> List[Tensor]`. Throws Error.
std::unique_ptr<Backend> load_torchscript(const Archive& archive, c10::Device device);

}  // namespace phase

#endif  // PHASE_BRIDGE_BACKEND_H
