#include "model.h"

#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <utility>

#include "finite.h"
#include "sha256.h"
#include "status.h"

namespace phase {
namespace {

at::ScalarType scalar_type(phase_dtype dtype) {
  switch (dtype) {
    case PHASE_FLOAT64:
      return at::kDouble;
    case PHASE_FLOAT32:
      return at::kFloat;
    case PHASE_INT64:
      return at::kLong;
    default:
      return at::kInt;
  }
}

std::string read_schema(const Archive& archive) {
  auto text = archive.extra_file(kSchemaFile);
  if (!text) {
    throw Error(PHASE_ERR_SCHEMA,
                "file '" + archive.path() + "': expected an extra file '" + kSchemaFile +
                    "' in the archive, found none; export it with `phase export`");
  }
  return *std::move(text);
}

// Whether an array of this shape is one the schema allows.
bool fits(const std::vector<std::int64_t>& shape, const TensorSpec& spec) {
  return std::equal(shape.begin(), shape.end(), spec.shape.begin(), spec.shape.end(),
                    [](std::int64_t found, std::int64_t expected) {
                      return expected == -1 ? found >= 0 : found == expected;
                    });
}

// The chunk of a bound array; the array itself where it has no columns or all of them are meant.
at::Tensor part(const at::Tensor& whole, const TensorSpec& spec, std::int64_t begin,
                std::int64_t count) {
  return spec.has_column && count != whole.size(0) ? whole.narrow(0, begin, count) : whole;
}

}  // namespace

Model::Model(const std::string& path, c10::Device device) : Model(Archive(path), device) {}

Model::Model(const Archive& archive, c10::Device device)
    : path_(archive.path()),
      checksum_(sha256_hex(archive.bytes())),
      device_(device),
      schema_(read_schema(archive), archive.path()),
      backend_(load_torchscript(archive, device)) {
  for (const int kind : {PHASE_INPUT, PHASE_OUTPUT}) {
    bound_[static_cast<std::size_t>(kind)].resize(schema_.tensors(kind).size());
  }
}

std::size_t Model::index_of(int kind, const std::string& name) const {
  const auto& specs = schema_.tensors(kind);
  const auto found = std::find_if(specs.begin(), specs.end(),
                                  [&](const TensorSpec& spec) { return spec.name == name; });
  if (found != specs.end()) {
    return static_cast<std::size_t>(found - specs.begin());
  }
  std::string known;
  for (const TensorSpec& spec : specs) {
    known += (known.empty() ? "'" : ", '") + spec.name + "'";
  }
  throw Error(PHASE_ERR_NAME, "file '" + path_ + "': no " + kind_name(kind) + " '" + name +
                                  "'; the artifact has " + known);
}

std::string Model::describe(int kind, const TensorSpec& spec) const {
  return "file '" + path_ + "', " + kind_name(kind) + " '" + spec.name + "'";
}

void Model::bind(int kind, const std::string& name, void* data, int dtype,
                 const std::vector<std::int64_t>& shape) {
  const std::size_t index = index_of(kind, name);
  const TensorSpec& spec = schema_.tensors(kind)[index];
  if (dtype != spec.dtype) {
    throw Error(PHASE_ERR_DTYPE, describe(kind, spec) + ": expected dtype " + spec.dtype_name +
                                     ", found " + dtype_name(dtype) + " (code " +
                                     std::to_string(dtype) + ")");
  }
  if (!fits(shape, spec)) {
    throw Error(PHASE_ERR_SHAPE, describe(kind, spec) + ": expected shape " +
                                     shape_text(spec.shape) + ", found " + shape_text(shape));
  }
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (data == nullptr && !empty) {
    throw Error(PHASE_ERR_ARGUMENT, describe(kind, spec) + ": expected an array of shape " +
                                        shape_text(shape) + ", found a null pointer");
  }
  bound_[static_cast<std::size_t>(kind)][index] =
      at::from_blob(data, shape, at::TensorOptions().dtype(scalar_type(spec.dtype)));
}

void* Model::bound_pointer(int kind, const std::string& name) const {
  const std::size_t index = index_of(kind, name);
  const at::Tensor& tensor = bound_[static_cast<std::size_t>(kind)][index];
  if (!tensor.defined()) {
    throw Error(PHASE_ERR_UNBOUND, describe(kind, schema_.tensors(kind)[index]) +
                                       ": no array bound yet; call phase_bind first");
  }
  return tensor.data_ptr();
}

void Model::check_bindings(std::int64_t ncol) const {
  for (const int kind : {PHASE_INPUT, PHASE_OUTPUT}) {
    const auto& specs = schema_.tensors(kind);
    const auto& arrays = bound_[static_cast<std::size_t>(kind)];
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (!arrays[i].defined()) {
        throw Error(PHASE_ERR_UNBOUND, describe(kind, specs[i]) + ": expected an array of shape " +
                                           shape_text(specs[i].shape) +
                                           ", found none; bind every tensor before the run");
      }
      if (specs[i].has_column && arrays[i].size(0) != ncol) {
        throw Error(PHASE_ERR_SHAPE,
                    describe(kind, specs[i]) + ": expected " + std::to_string(ncol) +
                        " columns, found an array of shape " + shape_text(arrays[i].sizes().vec()) +
                        "; bind it anew with the columns of this run");
      }
    }
  }
}

void Model::check_finite(int kind, std::size_t index, const at::Tensor& values,
                         Columns columns) const {
  const TensorSpec& spec = schema_.tensors(kind)[index];
  if (spec.nonfinite_ok || !values.is_floating_point()) {
    return;
  }
  const std::int64_t n = values.numel();
  const NonFinite found = spec.dtype == PHASE_FLOAT64
                              ? find_nonfinite(values.const_data_ptr<double>(), n)
                              : find_nonfinite(values.const_data_ptr<float>(), n);
  if (found.count == 0) {
    return;
  }
  const double value = spec.dtype == PHASE_FLOAT64
                           ? values.const_data_ptr<double>()[found.first]
                           : static_cast<double>(values.const_data_ptr<float>()[found.first]);
  const std::int64_t per_column = spec.has_column ? n / columns.count : n;
  std::string place = "element " + std::to_string(found.first % per_column);
  if (spec.has_column) {
    place = "column " + std::to_string(columns.begin + found.first / per_column) + ", " + place;
  }
  const bool input = kind == PHASE_INPUT;
  throw Error(input ? PHASE_ERR_NAN_INPUT : PHASE_ERR_NAN_OUTPUT,
              describe(kind, spec) + ": expected finite values, found " +
                  std::to_string(found.count) + " of " + std::to_string(n) +
                  " not finite in columns " + std::to_string(columns.begin) + " to " +
                  std::to_string(columns.begin + columns.count - 1) + ", first " +
                  std::to_string(value) + " at " + place + " (counted from 0); " +
                  (input ? "look for it in the host's state"
                         : "the surrogate does not know such a column: leave it out"));
}

void Model::run(std::int64_t ncol, std::int64_t chunk) {
  if (ncol < 0 || chunk < 0) {
    throw Error(PHASE_ERR_ARGUMENT, "expected ncol and chunk of 0 or more, found " +
                                        std::to_string(ncol) + " and " + std::to_string(chunk));
  }
  check_bindings(ncol);
  if (ncol == 0) {
    return;
  }
  const std::int64_t step = chunk == 0 ? ncol : std::min(chunk, ncol);
  for (const TensorSpec& spec : schema_.tensors(PHASE_OUTPUT)) {
    if (!spec.has_column && step < ncol) {
      throw Error(PHASE_ERR_ARGUMENT, describe(PHASE_OUTPUT, spec) +
                                          ": has no column dimension, expected all " +
                                          std::to_string(ncol) + " columns in one chunk, found " +
                                          std::to_string(step) + "; use chunk 0");
    }
  }
  const c10::InferenceMode inference;
  const c10::DeviceGuard on_device(device_);  // for tensors the graph itself makes
  const auto& specs = schema_.tensors(PHASE_INPUT);
  const auto& inputs = bound_[PHASE_INPUT];
  std::vector<at::Tensor> arguments(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!specs[i].has_column) {
      check_finite(PHASE_INPUT, i, inputs[i], {0, ncol});
    }
  }
  for (std::int64_t begin = 0; begin < ncol; begin += step) {
    run_columns({begin, std::min(step, ncol - begin)}, arguments);
  }
}

void Model::run_columns(Columns columns, std::vector<at::Tensor>& arguments) {
  const auto& specs = schema_.tensors(PHASE_INPUT);
  const auto& inputs = bound_[PHASE_INPUT];
  try {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!specs[i].has_column && arguments[i].defined()) {
        continue;  // the same for every chunk
      }
      const at::Tensor values = part(inputs[i], specs[i], columns.begin, columns.count);
      if (specs[i].has_column) {
        check_finite(PHASE_INPUT, i, values, columns);
      }
      arguments[i] = device_.is_cpu() ? values : values.to(device_);
    }
    const std::vector<at::Tensor> results = backend_->run(arguments);
    const std::size_t expected = schema_.tensors(PHASE_OUTPUT).size();
    if (results.size() != expected) {
      throw Error(PHASE_ERR_SCHEMA, "file '" + path_ + "': the schema lists " +
                                        std::to_string(expected) + " outputs, the graph returned " +
                                        std::to_string(results.size()) +
                                        "; export the artifact again");
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      take_output(i, results[i], columns);
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    const std::string where = "file '" + path_ + "', columns " + std::to_string(columns.begin) +
                              " to " + std::to_string(columns.begin + columns.count - 1) +
                              " (counted from 0) on " + device_.str();
    if (is_memory_failure(error)) {
      throw Error(PHASE_ERR_MEMORY,
                  where + ": out of memory: " + brief(error) + "; use a smaller chunk");
    }
    throw Error(PHASE_ERR_RUNTIME, where + ": the graph raised: " + brief(error));
  }
}

void Model::take_output(std::size_t index, const at::Tensor& result, Columns columns) {
  const TensorSpec& spec = schema_.tensors(PHASE_OUTPUT)[index];
  const at::Tensor target = part(bound_[PHASE_OUTPUT][index], spec, columns.begin, columns.count);
  if (result.scalar_type() != target.scalar_type()) {
    throw Error(PHASE_ERR_DTYPE, describe(PHASE_OUTPUT, spec) + ": the schema says " +
                                     spec.dtype_name + ", the graph returned " +
                                     c10::toString(result.scalar_type()) +
                                     "; export the artifact again");
  }
  if (result.sizes() != target.sizes()) {
    throw Error(PHASE_ERR_SHAPE,
                describe(PHASE_OUTPUT, spec) + ": the schema says shape " +
                    shape_text(target.sizes().vec()) + " for " + std::to_string(columns.count) +
                    " columns, the graph returned " + shape_text(result.sizes().vec()) +
                    "; export the artifact again");
  }
  target.copy_(result);
  check_finite(PHASE_OUTPUT, index, target, columns);
}

}  // namespace phase
