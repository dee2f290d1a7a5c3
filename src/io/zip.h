// The zip container (PKWARE's APPNOTE 6.3), as far as archives of tensors need it: stored and deflated entries, zip64.
// A reader of our own, since it reads in place out of a mapping or memory and refuses what zip libraries let through:
// entries that overlap, names that come twice, sizes that disagree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lamella::io {

struct ZipEntry {
  std::string_view name;               // in the archive's bytes
  std::span<const std::byte> content;  // as stored: packed, if `deflated`
  std::uint64_t size = 0;              // unpacked
  std::uint32_t crc = 0;
  bool deflated = false;
};

/// What a zip file begins with.
bool begins_as_zip(std::span<const std::byte> bytes);

/// The entries of an archive, as the central directory has them (the local headers of a written stream do not know the
/// sizes). The bytes must outlive it.
class ZipArchive {
 public:
  /// Raises FileError, which names `file`, the entry and the reason, for bytes that are no archive, are cut short,
  /// or hold more than 100,000 entries, an encrypted or overlapping one, or two of one name.
  ZipArchive(std::span<const std::byte> bytes, std::string file);

  const std::string& file() const { return file_; }
  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// Null if there is none.
  const ZipEntry* find(std::string_view name) const;
  /// Copies or unpacks an entry to `to` (entry.size bytes). Raises FileError for damaged data, and with `verify` where
  /// the CRC-32 is another.
  void read(const ZipEntry& entry, std::span<std::byte> to, bool verify) const;

 private:
  struct Directory {
    std::uint64_t begin = 0, size = 0, entries = 0;
  };
  Directory find_directory() const;
  Directory find_directory64(std::uint64_t end_record, Directory directory) const;
  void parse(const Directory& directory);
  std::uint64_t parse_entry(std::uint64_t at, std::uint64_t directory_begin);
  void check_overlaps() const;
  [[noreturn]] void damaged(std::string_view reason) const;

  std::span<const std::byte> bytes_;
  std::string file_;
  std::vector<ZipEntry> entries_;
  std::vector<std::uint64_t> local_headers_;  // where each begins
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

/// Writes an archive of stored entries, each beginning at a multiple of 64 bytes as torch's are. zip64 fields appear
/// where a number needs them.
class ZipWriter {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;
  explicit ZipWriter(Sink sink) : sink_(std::move(sink)) {}

  /// `content` is asked for once. Names must differ.
  void add(const std::string& name, std::span<const std::byte> content);
  void add(const std::string& name, std::string_view content);
  /// Writes the central directory; to be called once, last.
  void finish();

 private:
  struct Written {
    std::string name;
    std::uint64_t size, offset;
    std::uint32_t crc;
  };
  void put(std::span<const std::byte> bytes);

  Sink sink_;
  std::uint64_t position_ = 0;
  std::vector<Written> written_;
};

}  // namespace lamella::io
