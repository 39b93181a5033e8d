// The C interface: argument checks and text buffers around phase::Model.
#include "phase_bridge.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "device.h"
#include "model.h"
#include "status.h"
#include "thread_count.h"

struct phase_model {
  phase::Model model;
  int n_threads;
};

namespace {

using phase::Error;
using phase::guarded;

template <typename Pointer>
Pointer require(Pointer pointer, const char* argument) {
  if (pointer == nullptr) {
    throw Error(PHASE_ERR_ARGUMENT, std::string("argument '") + argument +
                                        "': expected an address, found a null pointer");
  }
  return pointer;
}

int require_kind(int kind) {
  if (kind != PHASE_INPUT && kind != PHASE_OUTPUT) {
    throw Error(PHASE_ERR_ARGUMENT,
                "argument 'kind': expected 0 (input) or 1 (output), found " + std::to_string(kind));
  }
  return kind;
}

// Copies what fits and terminates it; whether all of it did.
bool copy_text(const std::string& text, char* buf, std::size_t len) {
  if (len == 0) {
    return false;
  }
  const std::size_t n = std::min(text.size(), len - 1);
  std::memcpy(buf, text.data(), n);
  buf[n] = '\0';
  return n == text.size();
}

void give_text(const std::string& text, char* buf, std::size_t len, const char* argument) {
  if (!copy_text(text, require(buf, argument), len)) {
    throw Error(PHASE_ERR_ARGUMENT,
                std::string("argument '") + argument + "': expected a buffer of " +
                    std::to_string(text.size() + 1) + " bytes, found " + std::to_string(len));
  }
}

void give_optional_text(const std::string& text, char* buf, std::size_t len, const char* argument) {
  if (buf != nullptr) {
    give_text(text, buf, len, argument);
  }
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ",") + word;
  }
  return text;
}

}  // namespace

extern "C" {

int phase_model_load(const char* path, const char* device, int local_rank, int n_threads,
                     phase_model** out) noexcept {
  return guarded("phase_model_load", [&] {
    *require(out, "out") = nullptr;
    const std::string file = require(path, "path");
    const std::string request = require(device, "device");
    if (local_rank < 0 || n_threads < 0) {
      throw Error(PHASE_ERR_ARGUMENT,
                  "file '" + file + "': expected local_rank and n_threads of 0 or more, found " +
                      std::to_string(local_rank) + " and " + std::to_string(n_threads));
    }
    const c10::Device chosen =
        phase::choose_device(request, local_rank, phase::visible_gpu_count());
    const phase::ThreadCount threads(n_threads);
    *out = new phase_model{phase::Model(file, chosen), n_threads};
  });
}

int phase_model_free(phase_model** model) noexcept {
  return guarded("phase_model_free", [&] {
    const std::unique_ptr<phase_model> owner(*require(model, "model"));
    *model = nullptr;
  });
}

int phase_last_error(char* buf, size_t len) noexcept {
  if (buf == nullptr || len == 0) {
    return PHASE_ERR_ARGUMENT;  // no text for this one: it would hide the failure asked about
  }
  copy_text(phase::last_error(), buf, len);
  return PHASE_OK;
}

size_t phase_last_error_length(void) noexcept {
  return phase::last_error().size();
}

int phase_model_device(const phase_model* model, char* buf, size_t len) noexcept {
  return guarded("phase_model_device",
                 [&] { give_text(require(model, "model")->model.device(), buf, len, "buf"); });
}

int phase_model_checksum(const phase_model* model, char* buf, size_t len) noexcept {
  return guarded("phase_model_checksum",
                 [&] { give_text(require(model, "model")->model.checksum(), buf, len, "buf"); });
}

int phase_model_schema_length(const phase_model* model, size_t* length) noexcept {
  return guarded("phase_model_schema_length", [&] {
    *require(length, "length") = require(model, "model")->model.schema().text().size();
  });
}

int phase_model_schema(const phase_model* model, char* buf, size_t len) noexcept {
  return guarded("phase_model_schema", [&] {
    give_text(require(model, "model")->model.schema().text(), buf, len, "buf");
  });
}

int phase_model_meta(const phase_model* model, const char* key, char* buf, size_t len) noexcept {
  return guarded("phase_model_meta", [&] {
    const phase::Schema& schema = require(model, "model")->model.schema();
    give_text(schema.scalar(require(key, "key")), buf, len, "buf");
  });
}

int phase_model_count(const phase_model* model, int kind, int* count) noexcept {
  return guarded("phase_model_count", [&] {
    const phase::Schema& schema = require(model, "model")->model.schema();
    *require(count, "count") = static_cast<int>(schema.tensors(require_kind(kind)).size());
  });
}

int phase_model_tensor(const phase_model* model, int kind, int index, char* name, size_t name_len,
                       char* units, size_t units_len, char* dtype, size_t dtype_len, char* sample,
                       size_t sample_len, char* role, size_t role_len, char* dims, size_t dims_len,
                       int* rank, int64_t* shape) noexcept {
  return guarded("phase_model_tensor", [&] {
    const auto& specs = require(model, "model")->model.schema().tensors(require_kind(kind));
    if (index < 0 || index >= static_cast<int>(specs.size())) {
      throw Error(PHASE_ERR_ARGUMENT, "argument 'index': expected 0 to " +
                                          std::to_string(specs.size() - 1) + ", found " +
                                          std::to_string(index));
    }
    const phase::TensorSpec& spec = specs[static_cast<std::size_t>(index)];
    give_optional_text(spec.name, name, name_len, "name");
    give_optional_text(spec.units, units, units_len, "units");
    give_optional_text(spec.dtype_name, dtype, dtype_len, "dtype");
    give_optional_text(spec.sample, sample, sample_len, "sample");
    give_optional_text(spec.role, role, role_len, "role");
    give_optional_text(join(spec.dims), dims, dims_len, "dims");
    *require(rank, "rank") = static_cast<int>(spec.shape.size());
    std::copy(spec.shape.begin(), spec.shape.end(), require(shape, "shape"));
  });
}

int phase_bind(phase_model* model, int kind, const char* name, void* data, int dtype, int rank,
               const int64_t* shape) noexcept {
  return guarded("phase_bind", [&] {
    phase::Model& target = require(model, "model")->model;
    const std::string tensor = require(name, "name");
    if (rank < 0 || rank > PHASE_MAX_RANK) {
      throw Error(PHASE_ERR_ARGUMENT, "tensor '" + tensor + "': expected a rank of 0 to " +
                                          std::to_string(PHASE_MAX_RANK) + ", found " +
                                          std::to_string(rank));
    }
    const int64_t* extents = rank > 0 ? require(shape, "shape") : shape;
    target.bind(require_kind(kind), tensor, data, dtype,
                std::vector<std::int64_t>(extents, extents + rank));
  });
}

int phase_bound_pointer(const phase_model* model, int kind, const char* name,
                        void** data) noexcept {
  return guarded("phase_bound_pointer", [&] {
    const phase::Model& source = require(model, "model")->model;
    *require(data, "data") = source.bound_pointer(require_kind(kind), require(name, "name"));
  });
}

int phase_model_run(phase_model* model, int64_t ncol, int64_t chunk) noexcept {
  return guarded("phase_model_run", [&] {
    phase::Model& surrogate = require(model, "model")->model;
    const phase::ThreadCount threads(model->n_threads);
    surrogate.run(ncol, chunk);
  });
}

}  // extern "C"
