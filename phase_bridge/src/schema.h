// What an artifact says about itself.
#ifndef PHASE_BRIDGE_SCHEMA_H
#define PHASE_BRIDGE_SCHEMA_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "json.h"
#include "phase_bridge.h"

namespace phase {

inline constexpr const char* kSchemaFile = "phase_schema.json";
inline constexpr int kFormatVersion = 1;

// One tensor of the graph.
struct TensorSpec {
  std::string name;
  std::string units;
  std::string dtype_name;
  std::string sample;  // how an input is taken from the host; empty for outputs
  std::string role;
  std::vector<std::string> dims;
  std::vector<std::int64_t> shape;  // -1 is the number of columns, first dimension only
  phase_dtype dtype;
  bool has_column;
  bool nonfinite_ok;
};

// "(column, 17)" for a schema shape, "(64, 17)" for one of an array.
std::string shape_text(const std::vector<std::int64_t>& shape);

// Schema name of an element type; "unknown" for anything else.
const char* dtype_name(int dtype) noexcept;

// "input" or "output".
const char* kind_name(int kind) noexcept;

class Schema {
 public:
  // Throws Error with code PHASE_ERR_SCHEMA that names `path` and the offending key.
  Schema(std::string text, const std::string& path);

  const std::string& text() const noexcept { return text_; }
  const std::vector<TensorSpec>& tensors(int kind) const {
    return tensors_[static_cast<std::size_t>(kind)];
  }

  // Scalar at a dotted key as text. Throws Error: NAME, SCHEMA.
  std::string scalar(const std::string& key) const;

 private:
  std::string path_;
  std::string text_;
  Json document_;
  std::array<std::vector<TensorSpec>, 2> tensors_;
};

}  // namespace phase

#endif  // PHASE_BRIDGE_SCHEMA_H
