#include "archive.h"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include "status.h"

namespace phase {
namespace {

using caffe2::serialize::PyTorchStreamReader;
using caffe2::serialize::ReadAdapterInterface;

class MemoryReader final : public ReadAdapterInterface {
 public:
  explicit MemoryReader(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}
  size_t size() const override { return bytes_->size(); }
  size_t read(uint64_t pos, void* buf, size_t n, const char* /*what*/) const override {
    if (pos >= bytes_->size()) {
      return 0;
    }
    n = std::min(n, bytes_->size() - static_cast<size_t>(pos));
    std::memcpy(buf, bytes_->data() + pos, n);
    return n;
  }

 private:
  std::shared_ptr<const std::string> bytes_;
};

// One entry of the archive's central directory.
struct Record {
  std::string name;
  std::uint64_t method;  // 0 stored as is, otherwise compressed
  std::uint64_t crc;
  std::uint64_t size;           // in the archive
  std::uint64_t header_offset;  // of the local header
};

// Signatures and field offsets below are those of the .ZIP specification (APPNOTE 6.3).
class ZipDirectory {
 public:
  ZipDirectory(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  std::vector<Record> records() const {
    const auto [count, start] = end_of_directory();
    std::vector<Record> records;
    std::uint64_t at = start;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (field(at, 4) != kDirectoryEntry) {
        damaged("its directory is damaged");
      }
      Record record;
      record.method = field(at + 10, 2);
      record.crc = field(at + 16, 4);
      record.size = field(at + 20, 4);
      const std::uint64_t full_size = field(at + 24, 4);
      const std::uint64_t name_length = field(at + 28, 2);
      const std::uint64_t extra_length = field(at + 30, 2);
      const std::uint64_t comment_length = field(at + 32, 2);
      record.header_offset = field(at + 42, 4);
      record.name = std::string(slice(at + 46, name_length));
      widen(record, full_size, at + 46 + name_length, extra_length);
      records.push_back(std::move(record));
      at += 46 + name_length + extra_length + comment_length;
    }
    return records;
  }

  // Bytes of a record as they lie in the archive.
  std::string_view stored(const Record& record) const {
    if (field(record.header_offset, 4) != kLocalHeader) {
      damaged("record '" + record.name + "' is not where the directory says");
    }
    const std::uint64_t name_length = field(record.header_offset + 26, 2);
    const std::uint64_t extra_length = field(record.header_offset + 28, 2);
    return slice(record.header_offset + 30 + name_length + extra_length, record.size);
  }

  [[noreturn]] void damaged(const std::string& reason) const {
    throw Error(PHASE_ERR_FILE, "file '" + path_ + "' (" + std::to_string(bytes_.size()) +
                                    " bytes): expected a complete TorchScript archive, but " +
                                    reason + "; copy or export the artifact again");
  }

 private:
  static constexpr std::uint64_t kDirectoryEntry = 0x02014b50;
  static constexpr std::uint64_t kLocalHeader = 0x04034b50;
  static constexpr std::uint64_t kEnd = 0x06054b50;
  static constexpr std::uint64_t kEndLocator64 = 0x07064b50;
  static constexpr std::uint64_t kEnd64 = 0x06064b50;
  static constexpr std::uint64_t kSeeExtra = 0xffffffff;  // the value stands in the zip64 field

  std::string_view slice(std::uint64_t at, std::uint64_t length) const {
    if (at > bytes_.size() || length > bytes_.size() - at) {
      damaged("it is cut short");
    }
    return bytes_.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(length));
  }

  std::uint64_t field(std::uint64_t at, std::size_t width) const {
    const std::string_view raw = slice(at, width);
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
      value = (value << 8) | static_cast<unsigned char>(raw[i]);
    }
    return value;
  }

  // Number of entries and offset of the first one.
  std::pair<std::uint64_t, std::uint64_t> end_of_directory() const {
    constexpr std::uint64_t kEndLength = 22;
    constexpr std::uint64_t kLongestComment = 65535;
    constexpr std::uint64_t kLocatorLength = 20;
    if (bytes_.size() < kEndLength) {
      damaged("it is too short to be one");
    }
    std::uint64_t at = bytes_.size() - kEndLength;
    const std::uint64_t first = at > kLongestComment ? at - kLongestComment : 0;
    while (field(at, 4) != kEnd) {
      if (at == first) {
        damaged("it has no directory at its end (cut short, or not an archive)");
      }
      --at;
    }
    if (at >= kLocatorLength && field(at - kLocatorLength, 4) == kEndLocator64) {
      const std::uint64_t end64 = field(at - kLocatorLength + 8, 8);
      if (field(end64, 4) != kEnd64) {
        damaged("its directory is damaged");
      }
      return {field(end64 + 32, 8), field(end64 + 48, 8)};
    }
    return {field(at + 10, 2), field(at + 16, 4)};
  }

  // Replaces 32-bit values that did not fit by those of the zip64 extra field.
  void widen(Record& record, std::uint64_t full_size, std::uint64_t at,
             std::uint64_t length) const {
    const std::uint64_t end = at + length;
    while (at + 4 <= end) {
      const std::uint64_t id = field(at, 2);
      const std::uint64_t next = at + 4 + field(at + 2, 2);
      if (id == 1) {
        std::uint64_t value_at = at + 4;
        if (full_size == kSeeExtra) {
          value_at += 8;
        }
        if (record.size == kSeeExtra) {
          record.size = field(value_at, 8);
          value_at += 8;
        }
        if (record.header_offset == kSeeExtra) {
          record.header_offset = field(value_at, 8);
        }
      }
      at = next;
    }
  }

  std::string_view bytes_;
  const std::string& path_;
};

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) {
    throw Error(PHASE_ERR_FILE, "file '" + path + "': cannot be opened (" + std::strerror(errno) +
                                    "); check the path and its permissions");
  }
  const std::streamoff size = stream.tellg();
  std::string bytes;
  // A directory opens as a stream but has no size.
  if (size >= 0 && size < std::numeric_limits<std::streamoff>::max()) {
    bytes.resize(static_cast<std::size_t>(size));
    stream.seekg(0);
    stream.read(bytes.data(), size);
  }
  if (!stream || size < 0 || size == std::numeric_limits<std::streamoff>::max()) {
    throw Error(PHASE_ERR_FILE,
                "file '" + path + "': cannot be read; check that it is a regular file");
  }
  return bytes;
}

}  // namespace

unsigned long crc32(std::string_view bytes) noexcept {
  static const std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t i = 0; i < t.size(); ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) {
        value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
      }
      t[i] = value;
    }
    return t;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  }
  return crc ^ 0xFFFFFFFFU;
}

Archive::Archive(const std::string& path)
    : path_(path), bytes_(std::make_shared<const std::string>(read_file(path))) {
  const ZipDirectory directory(*bytes_, path_);
  const std::vector<Record> records = directory.records();
  try {
    PyTorchStreamReader unpacker(reader());
    for (const Record& record : records) {
      std::uint64_t crc = 0;
      if (record.method == 0) {
        crc = crc32(directory.stored(record));
      } else {
        // Names inside the reader lack the archive's leading folder.
        const auto [data, size] = unpacker.getRecord(record.name.substr(record.name.find('/') + 1));
        crc = crc32({static_cast<const char*>(data.get()), size});
      }
      if (crc != record.crc) {
        directory.damaged("record '" + record.name + "' does not match its checksum");
      }
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    if (is_memory_failure(error)) {
      throw;
    }
    directory.damaged("libtorch cannot unpack it: " + brief(error));
  }
}

std::optional<std::string> Archive::extra_file(const std::string& name) const {
  PyTorchStreamReader unpacker(reader());
  const std::string record = "extra/" + name;
  if (!unpacker.hasRecord(record)) {
    return std::nullopt;
  }
  const auto [data, size] = unpacker.getRecord(record);
  return std::string(static_cast<const char*>(data.get()), size);
}

std::shared_ptr<ReadAdapterInterface> Archive::reader() const {
  return std::make_shared<MemoryReader>(bytes_);
}

}  // namespace phase
