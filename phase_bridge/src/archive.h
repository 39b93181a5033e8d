// The artifact's file: read once, checked, and handed to libtorch from memory.
#ifndef PHASE_BRIDGE_ARCHIVE_H
#define PHASE_BRIDGE_ARCHIVE_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace caffe2::serialize {
class ReadAdapterInterface;
}

namespace phase {

// CRC-32 as zip archives use it.
unsigned long crc32(std::string_view bytes) noexcept;

class Archive {
 public:
  // Reads the file and checks every record against its checksum in the archive's directory:
  // libtorch itself ignores them, so a flipped bit in a weight would go unnoticed. Throws Error.
  explicit Archive(const std::string& path);

  const std::string& path() const noexcept { return path_; }
  const std::string& bytes() const noexcept { return *bytes_; }

  // Contents of an extra file of the archive; nothing when there is none.
  std::optional<std::string> extra_file(const std::string& name) const;

  // The bytes as libtorch's loader wants them, without a copy; keeps them alive.
  std::shared_ptr<caffe2::serialize::ReadAdapterInterface> reader() const;

 private:
  std::string path_;
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace phase

#endif  // PHASE_BRIDGE_ARCHIVE_H
