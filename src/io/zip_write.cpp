#include <zlib.h>

#include <algorithm>
#include <utility>

#include "io/file_bytes.h"
#include "io/zip.h"

namespace lamella::io {
namespace {

constexpr std::uint64_t kAlignment = 64;  // what torch's own files have, and its mmap=True expects
constexpr std::uint64_t kEscape = 0xffffffff;
constexpr std::uint16_t kUtf8Names = 0x0800;
constexpr std::uint16_t kDate = 0x21;  // 1980-01-01: files with one content are one file

/// Little-endian numbers in sequence.
class Record {
 public:
  Record& u16(std::uint64_t value) { return number(value, 2); }
  Record& u32(std::uint64_t value) { return number(value, 4); }
  Record& u64(std::uint64_t value) { return number(value, 8); }
  Record& text(std::string_view text) {
    const auto more = bytes_of(text);
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  Record& number(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::byte>(value >> 8 * i & 0xff));
    return *this;
  }
  std::vector<std::byte> bytes_;
};

std::uint64_t narrow(std::uint64_t value) { return std::min(value, kEscape); }

}  // namespace

void ZipWriter::put(std::span<const std::byte> bytes) {
  sink_(bytes);
  position_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::string_view content) { add(name, bytes_of(content)); }

void ZipWriter::add(const std::string& name, std::span<const std::byte> content) {
  const auto crc =
      static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()));
  const std::uint64_t size = content.size();
  written_.push_back({name, size, position_, crc});
  const bool wide = size >= kEscape;
  // The padding is an extra field of its own, named FB as torch's, so that readers skip it.
  constexpr std::uint64_t kFixed = 30, kExtraHead = 4, kWideExtra = 20;
  const std::uint64_t unpadded = position_ + kFixed + name.size() + (wide ? kWideExtra : 0) + kExtraHead;
  const std::uint64_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;

  Record header;
  header.u32(0x04034b50).u16(wide ? 45 : 20).u16(kUtf8Names).u16(0).u16(0).u16(kDate).u32(crc);
  header.u32(narrow(size)).u32(narrow(size)).u16(name.size()).u16((wide ? kWideExtra : 0) + kExtraHead + padding);
  header.text(name);
  if (wide) header.u16(1).u16(16).u64(size).u64(size);
  header.text("FB").u16(padding).text(std::string(padding, 'Z'));
  put(header.bytes());
  put(content);
}

void ZipWriter::finish() {
  const std::uint64_t begin = position_;
  for (const Written& entry : written_) {
    Record wide;  // of zip64: only the numbers that do not fit, in this order
    if (entry.size >= kEscape) wide.u64(entry.size).u64(entry.size);
    if (entry.offset >= kEscape) wide.u64(entry.offset);
    const std::uint64_t wide_bytes = wide.bytes().size();
    const std::uint64_t version = wide_bytes > 0 ? 45 : 20;
    Record header;
    header.u32(0x02014b50).u16(version).u16(version).u16(kUtf8Names).u16(0).u16(0).u16(kDate).u32(entry.crc);
    header.u32(narrow(entry.size)).u32(narrow(entry.size)).u16(entry.name.size());
    header.u16(wide_bytes > 0 ? wide_bytes + 4 : 0).u16(0).u16(0).u16(0).u32(0).u32(narrow(entry.offset));
    header.text(entry.name);
    if (wide_bytes > 0) header.u16(1).u16(wide_bytes);
    put(header.bytes());
    put(wide.bytes());
  }
  // The zip64 records stand in torch's files always; so do they here.
  const std::uint64_t size = position_ - begin, count = written_.size(), end64 = position_;
  Record end;
  end.u32(0x06064b50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(count).u64(count).u64(size).u64(begin);
  end.u32(0x07064b50).u32(0).u64(end64).u32(1);
  const std::uint64_t short_count = std::min<std::uint64_t>(count, 0xffff);
  end.u32(0x06054b50).u16(0).u16(0).u16(short_count).u16(short_count).u32(narrow(size)).u32(narrow(begin)).u16(0);
  put(end.bytes());
}

}  // namespace lamella::io
