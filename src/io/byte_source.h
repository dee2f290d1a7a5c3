// Bytes in sequence: out of memory, out of a file, or what gzip unpacks out of either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace lamella::io {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills `to` and returns its size; returns less at the end of the data only. Raises FileError if reading fails.
  virtual std::size_t read(std::span<std::byte> to) = 0;
  /// An upper bound of the bytes that are still to come, if there is one.
  virtual std::optional<std::uint64_t> remaining() const = 0;
  /// Whether remaining() is exact and not only a bound.
  virtual bool knows_size() const { return remaining().has_value(); }
};

/// Bytes in memory, which must outlive the source.
class SpanSource : public ByteSource {
 public:
  explicit SpanSource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t read(std::span<std::byte> to) override;
  std::optional<std::uint64_t> remaining() const override { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

/// A file, read through a small buffer.
class FileSource : public ByteSource {
 public:
  /// Raises FileError if `path` is missing, is a folder, or cannot be opened.
  explicit FileSource(const std::filesystem::path& path);
  std::size_t read(std::span<std::byte> to) override;
  /// No value for a pipe or a device.
  std::optional<std::uint64_t> remaining() const override { return remaining_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
  std::optional<std::uint64_t> remaining_;
};

/// What a gzip file (RFC 1952; any number of members) unpacks to. Each member's CRC-32 and length are checked.
class GzipSource : public ByteSource {
 public:
  /// `packed` begins with the bytes 1f 8b; `name` is the file that errors name.
  GzipSource(std::unique_ptr<ByteSource> packed, std::string name);
  ~GzipSource() override;
  /// Raises FileError for damaged data, data cut short, and bytes behind the last member.
  std::size_t read(std::span<std::byte> to) override;
  /// A bound: deflate packs no more than 1032 bytes into one.
  std::optional<std::uint64_t> remaining() const override;
  bool knows_size() const override { return false; }

 private:
  struct Inflater;
  bool refill();
  bool next_member();
  [[noreturn]] void damaged(const char* reason) const;

  std::unique_ptr<ByteSource> packed_;
  std::string name_;
  std::unique_ptr<Inflater> inflater_;
  bool ended_ = false;
};

/// Opens what `raw` holds, unpacking it if it begins as gzip does. `name` is the file that errors name.
std::unique_ptr<ByteSource> unpacked(std::unique_ptr<ByteSource> raw, const std::string& name);

}  // namespace lamella::io
