// A loaded surrogate with the host arrays bound to it.
#ifndef PHASE_BRIDGE_MODEL_H
#define PHASE_BRIDGE_MODEL_H

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "archive.h"
#include "backend.h"
#include "schema.h"

namespace phase {

class Model {
 public:
  // Throws Error: FILE, SCHEMA, DEVICE, MEMORY.
  Model(const std::string& path, c10::Device device);

  const Schema& schema() const noexcept { return schema_; }
  const std::string& checksum() const noexcept { return checksum_; }
  std::string device() const { return device_.str(); }

  // See phase_bind.
  void bind(int kind, const std::string& name, void* data, int dtype,
            const std::vector<std::int64_t>& shape);

  // See phase_bound_pointer.
  void* bound_pointer(int kind, const std::string& name) const;

  // See phase_model_run.
  void run(std::int64_t ncol, std::int64_t chunk);

 private:
  // A range of columns, [begin, begin + count).
  struct Columns {
    std::int64_t begin;
    std::int64_t count;
  };

  Model(const Archive& archive, c10::Device device);

  std::size_t index_of(int kind, const std::string& name) const;
  std::string describe(int kind, const TensorSpec& spec) const;
  void check_bindings(std::int64_t ncol) const;
  void check_finite(int kind, std::size_t index, const at::Tensor& values, Columns columns) const;
  void run_columns(Columns columns, std::vector<at::Tensor>& arguments);
  void take_output(std::size_t index, const at::Tensor& result, Columns columns);

  std::string path_;
  std::string checksum_;
  c10::Device device_;
  Schema schema_;
  std::unique_ptr<Backend> backend_;
  std::array<std::vector<at::Tensor>, 2> bound_;  // host views, undefined until bound
};

}  // namespace phase

#endif  // PHASE_BRIDGE_MODEL_H
