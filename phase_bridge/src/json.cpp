#include "json.h"

#include <algorithm>

namespace phase {
namespace {

constexpr int kMaxDepth = 200;  // keeps a hostile document from exhausting the stack

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::string& out, unsigned long code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  Json document() {
    Json value = parse_value(0);
    skip_space();
    if (at_ != text_.size()) {
      fail("text after the end of the document");
    }
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
    const auto line = 1 + std::count(text_.begin(), end, '\n');
    const auto newline = text_.substr(0, std::min(at_, text_.size())).rfind('\n');
    const auto column = newline == std::string_view::npos ? at_ + 1 : at_ - newline;
    throw JsonError("line " + std::to_string(line) + " column " + std::to_string(column) + ": " +
                    reason);
  }

  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  void skip_space() {
    while (!at_end() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }

  bool accept(char c) {
    skip_space();
    if (!at_end() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  void expect(char c) {
    if (!accept(c)) {
      fail(at_end() ? std::string("unexpected end, expected '") + c + "'"
                    : std::string("expected '") + c + "', found '" + peek() + "'");
    }
  }

  Json parse_value(int depth) {
    if (depth > kMaxDepth) {
      fail("nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    skip_space();
    switch (peek()) {
      case '{':
        return parse_object(depth);
      case '[':
        return parse_array(depth);
      case '"':
        return scalar(Json::Type::kString, parse_string());
      case 't':
        return parse_word("true", Json::Type::kBool);
      case 'f':
        return parse_word("false", Json::Type::kBool);
      case 'n':
        return parse_word("null", Json::Type::kNull);
      default:
        return scalar(Json::Type::kNumber, parse_number());
    }
  }

  static Json scalar(Json::Type type, std::string text) {
    Json value;
    value.type_ = type;
    value.text_ = std::move(text);
    return value;
  }

  Json parse_word(std::string_view word, Json::Type type) {
    if (text_.substr(at_, word.size()) != word) {
      fail("expected a value");
    }
    at_ += word.size();
    return scalar(type, std::string(word));
  }

  Json parse_object(int depth) {
    Json value;
    value.type_ = Json::Type::kObject;
    expect('{');
    if (accept('}')) {
      return value;
    }
    do {
      skip_space();
      if (peek() != '"') {
        fail("expected a key in double quotes");
      }
      std::string key = parse_string();
      if (value.find(key) != nullptr) {
        fail("key \"" + key + "\" appears twice");
      }
      expect(':');
      value.members_.emplace_back(std::move(key), parse_value(depth + 1));
    } while (accept(','));
    expect('}');
    return value;
  }

  Json parse_array(int depth) {
    Json value;
    value.type_ = Json::Type::kArray;
    expect('[');
    if (accept(']')) {
      return value;
    }
    do {
      value.elements_.push_back(parse_value(depth + 1));
    } while (accept(','));
    expect(']');
    return value;
  }

  void digits() {
    if (!is_digit(peek())) {
      fail("expected a digit");
    }
    while (is_digit(peek())) {
      ++at_;
    }
  }

  std::string parse_number() {
    const std::size_t begin = at_;
    if (peek() == '-') {
      ++at_;
    }
    if (!is_digit(peek())) {
      fail(at_end() ? "unexpected end, expected a value" : "expected a value");
    }
    if (peek() == '0') {
      ++at_;
    } else {
      digits();
    }
    if (peek() == '.') {
      ++at_;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') {
        ++at_;
      }
      digits();
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  unsigned long hex4() {
    unsigned long code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = peek();
      code <<= 4;
      if (is_digit(c)) {
        code += static_cast<unsigned long>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        code += static_cast<unsigned long>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        code += static_cast<unsigned long>(c - 'A' + 10);
      } else {
        fail("\\u needs four hexadecimal digits");
      }
      ++at_;
    }
    return code;
  }

  void parse_unicode_escape(std::string& out) {
    unsigned long code = hex4();
    if (code >= 0xDC00 && code <= 0xDFFF) {
      fail("second half of a surrogate pair without the first");
    }
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (text_.substr(at_, 2) != "\\u") {
        fail("first half of a surrogate pair without the second");
      }
      at_ += 2;
      const unsigned long low = hex4();
      if (low < 0xDC00 || low > 0xDFFF) {
        fail("first half of a surrogate pair without the second");
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
  }

  std::string parse_string() {
    std::string out;
    ++at_;  // opening quote
    while (true) {
      if (at_end()) {
        fail("unexpected end inside a string");
      }
      const char c = text_[at_++];
      if (c == '"') {
        return out;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        fail("control character inside a string");
      }
      if (c != '\\') {
        out += c;
        continue;
      }
      const char escape = at_end() ? '\0' : text_[at_++];
      switch (escape) {
        case '"':
        case '\\':
        case '/':
          out += escape;
          break;
        case 'b':
          out += '\b';
          break;
        case 'f':
          out += '\f';
          break;
        case 'n':
          out += '\n';
          break;
        case 'r':
          out += '\r';
          break;
        case 't':
          out += '\t';
          break;
        case 'u':
          parse_unicode_escape(out);
          break;
        default:
          fail("unknown escape in a string");
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Json Json::parse(std::string_view text) {
  return JsonParser(text).document();
}

const char* Json::type_name() const noexcept {
  switch (type_) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "boolean";
    case Type::kNumber:
      return "number";
    case Type::kString:
      return "string";
    case Type::kArray:
      return "array";
    default:
      return "object";
  }
}

const Json* Json::find(std::string_view key) const noexcept {
  for (const Member& member : members_) {
    if (member.first == key) {
      return &member.second;
    }
  }
  return nullptr;
}

}  // namespace phase
