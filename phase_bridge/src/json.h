// A JSON value and a strict parser (RFC 8259) for the schema of an artifact.
#ifndef PHASE_BRIDGE_JSON_H
#define PHASE_BRIDGE_JSON_H

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace phase {

// Text that is not JSON; the message gives line and column.
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Json {
 public:
  enum class Type { kNull, kBool, kNumber, kString, kArray, kObject };
  using Member = std::pair<std::string, Json>;

  // Parses a whole document. Throws JsonError, also for repeated keys and trailing text.
  static Json parse(std::string_view text);

  Type type() const noexcept { return type_; }
  bool is_string() const noexcept { return type_ == Type::kString; }
  bool is_number() const noexcept { return type_ == Type::kNumber; }
  bool is_array() const noexcept { return type_ == Type::kArray; }
  bool is_object() const noexcept { return type_ == Type::kObject; }
  bool is_scalar() const noexcept { return !is_array() && !is_object(); }

  // "object", "string", ... for messages.
  const char* type_name() const noexcept;

  // A string's characters, a number as written in the document, or true, false, null.
  const std::string& text() const noexcept { return text_; }

  // Elements of an array; empty for every other type.
  const std::vector<Json>& elements() const noexcept { return elements_; }

  // Member of an object, or nullptr when there is none or this is no object.
  const Json* find(std::string_view key) const noexcept;

 private:
  friend class JsonParser;

  Type type_ = Type::kNull;
  std::string text_;
  std::vector<Json> elements_;
  std::vector<Member> members_;
};

}  // namespace phase

#endif  // PHASE_BRIDGE_JSON_H
