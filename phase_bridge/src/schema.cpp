#include "schema.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "status.h"

namespace phase {
namespace {

constexpr const char* kColumn = "column";

constexpr std::array<std::pair<const char*, phase_dtype>, 4> kDtypes = {{
    {"float64", PHASE_FLOAT64},
    {"float32", PHASE_FLOAT32},
    {"int64", PHASE_INT64},
    {"int32", PHASE_INT32},
}};

// Reads the members of one JSON object and says where it is when something is wrong.
class ObjectReader {
 public:
  ObjectReader(const Json& object, std::string where, const std::string& path)
      : object_(object), where_(std::move(where)), path_(path) {
    if (!object.is_object()) {
      fail("expected an object, found " + std::string(object.type_name()));
    }
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw Error(PHASE_ERR_SCHEMA, "file '" + path_ + "', schema" + where_ + ": " + reason +
                                      "; export the artifact again");
  }

  const Json& member(const char* key) const {
    const Json* value = object_.find(key);
    if (value == nullptr) {
      fail(std::string("key \"") + key + "\" is missing");
    }
    return *value;
  }

  const std::string& string(const char* key) const {
    const Json& value = member(key);
    if (!value.is_string()) {
      fail(std::string("key \"") + key + "\": expected a string, found " + value.type_name());
    }
    return value.text();
  }

  const std::vector<Json>& array(const char* key) const {
    const Json& value = member(key);
    if (!value.is_array()) {
      fail(std::string("key \"") + key + "\": expected an array, found " + value.type_name());
    }
    return value.elements();
  }

  bool flag(const char* key) const {
    const Json* value = object_.find(key);
    if (value != nullptr && value->type() != Json::Type::kBool) {
      fail(std::string("key \"") + key + "\": expected true or false, found " + value->type_name());
    }
    return value != nullptr && value->text() == "true";
  }

 private:
  const Json& object_;
  std::string where_;
  const std::string& path_;
};

std::int64_t parse_extent(const Json& value, const ObjectReader& reader) {
  const std::string& text = value.text();
  char* end = nullptr;
  const long long extent = value.is_number() ? std::strtoll(text.c_str(), &end, 10) : 0;
  if (!value.is_number() || *end != '\0' || (extent < 1 && extent != -1)) {
    reader.fail("key \"shape\": expected positive whole numbers, or -1 for columns, found " +
                (value.is_scalar() ? text : std::string(value.type_name())));
  }
  return extent;
}

TensorSpec parse_tensor(const Json& value, int kind, std::size_t index, const std::string& path) {
  std::string where = std::string(", ") + kind_name(kind) + " " + std::to_string(index);
  if (const Json* name = value.find("name"); name != nullptr && name->is_string()) {
    where += " '" + name->text() + "'";
  }
  const ObjectReader reader(value, where, path);
  TensorSpec spec{};
  spec.name = reader.string("name");
  spec.units = reader.string("units");
  spec.dtype_name = reader.string("dtype");
  spec.role = reader.string("role");
  spec.sample = kind == PHASE_INPUT ? reader.string("sample") : std::string();
  spec.nonfinite_ok = reader.flag("nonfinite_ok");
  for (const Json& dim : reader.array("dims")) {
    if (!dim.is_string()) {
      reader.fail("key \"dims\": expected strings, found " + std::string(dim.type_name()));
    }
    spec.dims.push_back(dim.text());
  }
  for (const Json& extent : reader.array("shape")) {
    spec.shape.push_back(parse_extent(extent, reader));
  }
  if (spec.name.empty()) {
    reader.fail("key \"name\": expected a name, found an empty string");
  }
  const auto* dtype = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const auto& entry) {
    return spec.dtype_name == entry.first;
  });
  if (dtype == kDtypes.end()) {
    reader.fail("key \"dtype\": expected float64, float32, int64 or int32, found \"" +
                spec.dtype_name + "\"");
  }
  spec.dtype = dtype->second;
  if (spec.shape.empty() || spec.shape.size() > PHASE_MAX_RANK) {
    reader.fail("key \"shape\": expected 1 to " + std::to_string(PHASE_MAX_RANK) +
                " extents, found " + std::to_string(spec.shape.size()));
  }
  // "dims" may leave out a last dimension of extent 1: a variable with one value per column is
  // ["column"] with shape [-1, 1].
  const bool one_per_column = spec.dims.size() + 1 == spec.shape.size() && spec.shape.back() == 1;
  if (spec.dims.size() != spec.shape.size() && !one_per_column) {
    reader.fail("\"dims\" names " + std::to_string(spec.dims.size()) +
                " dimensions, \"shape\" is " + shape_text(spec.shape));
  }
  spec.has_column = !spec.dims.empty() && spec.dims.front() == kColumn;
  for (std::size_t i = 0; i < spec.shape.size(); ++i) {
    if ((spec.shape[i] == -1) != (i == 0 && spec.has_column)) {
      reader.fail(
          "key \"shape\": expected -1 for a leading \"column\" dimension and nowhere else, "
          "found " +
          shape_text(spec.shape));
    }
  }
  return spec;
}

std::vector<TensorSpec> parse_tensors(const ObjectReader& root, int kind, const std::string& path) {
  const char* key = kind == PHASE_INPUT ? "inputs" : "outputs";
  const std::vector<Json>& list = root.array(key);
  if (list.empty()) {
    root.fail(std::string("key \"") + key + "\": expected at least one tensor, found none");
  }
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < list.size(); ++i) {
    specs.push_back(parse_tensor(list[i], kind, i, path));
    const auto twin = std::find_if(specs.begin(), specs.end() - 1, [&](const TensorSpec& other) {
      return other.name == specs.back().name;
    });
    if (twin != specs.end() - 1) {
      root.fail(std::string("key \"") + key + "\": '" + specs.back().name + "' appears twice");
    }
  }
  return specs;
}

Json parse_document(const std::string& text, const std::string& path) {
  try {
    return Json::parse(text);
  } catch (const JsonError& error) {
    throw Error(PHASE_ERR_SCHEMA, "file '" + path + "', extra file '" + kSchemaFile +
                                      "': expected JSON, found at " + error.what() +
                                      "; export the artifact again");
  }
}

// Member of an object, element of an array, or nullptr.
const Json* step(const Json& value, const std::string& part) {
  if (!value.is_array()) {
    return value.find(part);
  }
  const bool digits = !part.empty() && part.size() <= 9 &&
                      part.find_first_not_of("0123456789") == std::string::npos;
  if (!digits) {
    return nullptr;
  }
  const std::size_t index = std::stoul(part);
  return index < value.elements().size() ? &value.elements()[index] : nullptr;
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += i == 0 ? "" : ", ";
    text += shape[i] == -1 ? std::string(kColumn) : std::to_string(shape[i]);
  }
  return text + ")";
}

const char* dtype_name(int dtype) noexcept {
  for (const auto& [name, code] : kDtypes) {
    if (code == dtype) {
      return name;
    }
  }
  return "unknown";
}

const char* kind_name(int kind) noexcept {
  return kind == PHASE_INPUT ? "input" : "output";
}

Schema::Schema(std::string text, const std::string& path)
    : path_(path), text_(std::move(text)), document_(parse_document(text_, path)) {
  const ObjectReader root(document_, "", path_);
  const Json& version = root.member("format_version");
  if (!version.is_number() || version.text() != std::to_string(kFormatVersion)) {
    root.fail("key \"format_version\": expected " + std::to_string(kFormatVersion) + ", found " +
              (version.is_scalar() ? version.text() : std::string(version.type_name())));
  }
  root.string("name");
  root.string("checksum");
  for (const int kind : {PHASE_INPUT, PHASE_OUTPUT}) {
    tensors_[static_cast<std::size_t>(kind)] = parse_tensors(root, kind, path_);
  }
}

std::string Schema::scalar(const std::string& key) const {
  const Json* value = &document_;
  std::size_t begin = 0;
  while (begin <= key.size()) {
    const std::size_t end = std::min(key.find('.', begin), key.size());
    value = step(*value, key.substr(begin, end - begin));
    if (value == nullptr) {
      throw Error(PHASE_ERR_NAME, "file '" + path_ + "', schema: no key \"" + key.substr(0, end) +
                                      "\"; `phase inspect` lists what the artifact holds");
    }
    begin = end + 1;
  }
  if (!value->is_scalar()) {
    throw Error(PHASE_ERR_SCHEMA, "file '" + path_ + "', schema: key \"" + key +
                                      "\": expected a scalar, found " + value->type_name());
  }
  return value->text();
}

}  // namespace phase
