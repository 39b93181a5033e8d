#include <ATen/Functions.h>
#include <ATen/core/List.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <utility>

#include "archive.h"
#include "backend.h"
#include "status.h"

namespace phase {
namespace {

class TorchScriptBackend final : public Backend {
 public:
  explicit TorchScriptBackend(torch::jit::Module module) : module_(std::move(module)) {}

  std::vector<at::Tensor> run(const std::vector<at::Tensor>& inputs) override {
    const c10::InferenceMode inference;
    // The profiling executor rewrites and fuses the graph after the first calls, and a fused kernel
    // rounds differently. Without it the first call and the thousandth agree to the bit.
    const torch::jit::GraphOptimizerEnabledGuard no_fusion(false);
    c10::List<at::Tensor> list;
    list.reserve(inputs.size());
    for (const at::Tensor& input : inputs) {
      list.push_back(input);
    }
    return module_.forward({std::move(list)}).toTensorVector();
  }

 private:
  torch::jit::Module module_;
};

// A GPU that is visible may still be unusable: in exclusive use, or too old for this libtorch.
void check_device(c10::Device device) {
  try {
    at::zeros({1}, at::TensorOptions().device(device)).to(c10::kCPU);
  } catch (const std::exception& error) {
    throw Error(PHASE_ERR_DEVICE, "device '" + device.str() + "': expected a usable GPU, found: " +
                                      brief(error) + "; use 'cpu' or another GPU");
  }
}

// forward() must take and return lists, or every run would fail with libtorch's own words.
void check_forward(const torch::jit::Module& module, const std::string& path) {
  const auto forward = module.find_method("forward");
  const c10::TypePtr list = c10::ListType::ofTensors();
  const std::string expected = "expected forward(inputs: List[Tensor]) -> List[Tensor]";
  if (!forward) {
    throw Error(PHASE_ERR_SCHEMA, "file '" + path + "': " + expected + ", found no forward");
  }
  const auto& signature = forward->function().getSchema();
  const bool takes_list = signature.arguments().size() == 2 &&  // self comes first
                          *signature.arguments()[1].type() == *list;
  const bool returns_list =
      signature.returns().size() == 1 && *signature.returns()[0].type() == *list;
  if (!takes_list || !returns_list) {
    throw Error(PHASE_ERR_SCHEMA, "file '" + path + "': " + expected + ", found " +
                                      c10::toString(signature) + "; export the artifact again");
  }
}

}  // namespace

std::unique_ptr<Backend> load_torchscript(const Archive& archive, c10::Device device) {
  check_device(device);
  torch::jit::Module module;
  try {
    // Onto the device at once: moving a module afterwards leaves the constants of its graph behind.
    module = torch::jit::load(archive.reader(), device);
  } catch (const std::exception& error) {
    throw Error(is_memory_failure(error) ? PHASE_ERR_MEMORY : PHASE_ERR_FILE,
                "file '" + archive.path() + "': libtorch cannot load it as TorchScript: " +
                    brief(error) + "; export it with the libtorch version of this build");
  }
  module.eval();
  check_forward(module, archive.path());
  return std::make_unique<TorchScriptBackend>(std::move(module));
}

}  // namespace phase
