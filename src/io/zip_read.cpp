#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <numeric>
#include <utility>

#include "io/file_bytes.h"
#include "io/safetensors_header.h"
#include "io/zip.h"

namespace lamella::io {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocator64Signature = 0x07064b50;
constexpr std::uint64_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr std::uint64_t kMaxEntries = 100'000;
constexpr std::uint64_t kMaxDeflateRatio = 1032;  // zlib's technical notes: "the limiting case"

/// The little-endian number of `size` bytes at `at`, which are there.
std::uint64_t number(std::span<const std::byte> bytes, std::uint64_t at, int size) {
  std::uint64_t value = 0;
  for (int i = size; i-- > 0;) value = value << 8 | static_cast<std::uint64_t>(bytes[at + static_cast<unsigned>(i)]);
  return value;
}

std::uint32_t crc_of(std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// Fields of the central header that stand in its zip64 extra where the header itself has all ones.
struct Wide {
  std::uint64_t size, packed, offset;
};

/// False if the extra lacks a number that the header promises.
bool widen(std::span<const std::byte> extra, Wide& wide) {
  constexpr std::uint64_t kEscape = 0xffffffff;
  if (wide.size != kEscape && wide.packed != kEscape && wide.offset != kEscape) return true;
  for (std::uint64_t at = 0; at + 4 <= extra.size();) {
    const std::uint64_t id = number(extra, at, 2), size = number(extra, at + 2, 2);
    at += 4;
    if (size > extra.size() - at) return false;
    if (id == 1) {
      std::uint64_t next = at;
      for (std::uint64_t* field : {&wide.size, &wide.packed, &wide.offset}) {
        if (*field != kEscape) continue;
        if (next + 8 > at + size) return false;
        *field = number(extra, next, 8);
        next += 8;
      }
      return true;
    }
    at += size;
  }
  return false;
}

/// Raw deflate; `to` must be filled exactly.
bool inflate_all(std::span<const std::byte> packed, std::span<std::byte> to) {
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) throw std::bad_alloc();
  int status = Z_OK;
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  std::byte none{};  // zlib wants a pointer even where there is no room
  while (status == Z_OK) {
    const std::size_t in = std::min(packed.size(), kMost), out = std::min(to.size(), kMost);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(to.empty() ? &none : to.data());
    stream.avail_out = static_cast<uInt>(out);
    status = inflate(&stream, Z_NO_FLUSH);
    packed = packed.subspan(in - stream.avail_in);
    to = to.subspan(out - stream.avail_out);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END && to.empty() && packed.empty();
}

}  // namespace

bool begins_as_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= 4 && number(bytes, 0, 4) == kLocalSignature;
}

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string file) : bytes_(bytes), file_(std::move(file)) {
  if (!begins_as_zip(bytes_)) damaged(fmt::format("not a zip archive: it begins with {}", first_bytes(bytes_)));
  parse(find_directory());
  check_overlaps();
}

void ZipArchive::damaged(std::string_view reason) const { throw_file_error(file_, reason); }

/// The end record lies at the end of the file, with a comment of up to 65,535 bytes behind it.
ZipArchive::Directory ZipArchive::find_directory() const {
  const std::uint64_t total = bytes_.size();
  const std::uint64_t farthest = std::min<std::uint64_t>(total, kEndBytes + 0xffff);
  for (std::uint64_t back = kEndBytes; back <= farthest; ++back) {
    const std::uint64_t at = total - back;
    if (number(bytes_, at, 4) != kEndSignature || number(bytes_, at + 20, 2) != back - kEndBytes) continue;
    if (number(bytes_, at + 4, 2) != number(bytes_, at + 6, 2)) damaged("one part of an archive of several files");
    Directory directory{number(bytes_, at + 16, 4), number(bytes_, at + 12, 4), number(bytes_, at + 10, 2)};
    directory = find_directory64(at, directory);
    if (directory.begin > at || directory.size > at - directory.begin) {
      damaged(fmt::format("damaged: its directory of {} at byte {} does not fit before byte {}",
                          counted_bytes(directory.size), directory.begin, at));
    }
    return directory;
  }
  damaged(fmt::format("cut short at byte {}: a zip archive ends with its directory, which is missing", total));
}

/// The directory of the zip64 record before `end_record` if there is one, else the one given.
ZipArchive::Directory ZipArchive::find_directory64(std::uint64_t end_record, Directory directory) const {
  if (end_record < kLocator64Bytes) return directory;
  const std::uint64_t locator = end_record - kLocator64Bytes;
  if (number(bytes_, locator, 4) != kLocator64Signature) return directory;
  const std::uint64_t at = number(bytes_, locator + 8, 8);
  if (at > locator || locator - at < kEnd64Bytes || number(bytes_, at, 4) != kEnd64Signature) {
    damaged(fmt::format("damaged: byte {} says that the zip64 directory ends at byte {}, where there is none", locator,
                        at));
  }
  return {number(bytes_, at + 48, 8), number(bytes_, at + 40, 8), number(bytes_, at + 32, 8)};
}

void ZipArchive::parse(const Directory& directory) {
  if (directory.entries > kMaxEntries || directory.entries > directory.size / kCentralBytes) {
    damaged(fmt::format("its directory of {} claims {} entries (at most {} are read)", counted_bytes(directory.size),
                        directory.entries, kMaxEntries));
  }
  entries_.reserve(directory.entries);
  by_name_.reserve(directory.entries);
  std::uint64_t at = directory.begin;
  const std::uint64_t end = directory.begin + directory.size;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (end - at < kCentralBytes) damaged(fmt::format("damaged: its directory ends inside of entry {}", i));
    const std::uint64_t size =
        kCentralBytes + number(bytes_, at + 28, 2) + number(bytes_, at + 30, 2) + number(bytes_, at + 32, 2);
    if (number(bytes_, at, 4) != kCentralSignature || size > end - at) {
      damaged(fmt::format("damaged: no entry of the directory stands at byte {}", at));
    }
    at += parse_entry(at, directory.begin);
  }
}

/// Reads one entry of the directory and what its local header adds; returns the bytes of the former.
std::uint64_t ZipArchive::parse_entry(std::uint64_t at, std::uint64_t directory_begin) {
  const std::uint64_t name_bytes = number(bytes_, at + 28, 2), extra_bytes = number(bytes_, at + 30, 2);
  const std::uint64_t comment_bytes = number(bytes_, at + 32, 2);
  const std::string_view name(reinterpret_cast<const char*>(bytes_.data()) + at + kCentralBytes, name_bytes);
  const auto refuse = [&](std::string_view why) { damaged(fmt::format("the entry {} {}", shown_name(name), why)); };
  if ((number(bytes_, at + 8, 2) & 1) != 0) refuse("is encrypted");
  const std::uint64_t method = number(bytes_, at + 10, 2);
  if (method != 0 && method != 8) refuse(fmt::format("is packed by method {}; stored and deflated are read", method));
  Wide wide{number(bytes_, at + 24, 4), number(bytes_, at + 20, 4), number(bytes_, at + 42, 4)};
  if (!widen(bytes_.subspan(at + kCentralBytes + name_bytes, extra_bytes), wide)) refuse("lacks its zip64 sizes");

  const std::uint64_t local = wide.offset;
  if (local > directory_begin || directory_begin - local < kLocalBytes || number(bytes_, local, 4) != kLocalSignature) {
    refuse(fmt::format("should begin at byte {}, where there is none", local));
  }
  const std::uint64_t local_name = number(bytes_, local + 26, 2), local_extra = number(bytes_, local + 28, 2);
  const std::uint64_t room = directory_begin - local - kLocalBytes;
  if (local_name + local_extra > room || wide.packed > room - local_name - local_extra) {
    refuse(fmt::format("of {} at byte {} does not end before the directory", counted_bytes(wide.packed), local));
  }
  if (local_name != name_bytes || !std::ranges::equal(bytes_.subspan(local + kLocalBytes, local_name),
                                                      bytes_.subspan(at + kCentralBytes, name_bytes))) {
    refuse(fmt::format("has another name in its header at byte {}", local));
  }
  if (method == 0 && wide.size != wide.packed) refuse("is stored, but has two sizes");
  if (method == 8 && wide.size > saturating_product(wide.packed + 64, kMaxDeflateRatio)) {
    refuse(fmt::format("claims {} out of {} packed", human_size(wide.size), counted_bytes(wide.packed)));
  }
  if (!by_name_.emplace(name, entries_.size()).second) refuse("is there twice");
  entries_.push_back({name, bytes_.subspan(local + kLocalBytes + local_name + local_extra, wide.packed), wide.size,
                      static_cast<std::uint32_t>(number(bytes_, at + 16, 4)), method == 8});
  local_headers_.push_back(local);
  return kCentralBytes + name_bytes + extra_bytes + comment_bytes;
}

/// A few bytes read under many names are how a small archive becomes a large one.
void ZipArchive::check_overlaps() const {
  std::vector<std::size_t> order(entries_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [this](std::size_t i) { return local_headers_[i]; });
  for (std::size_t k = 1; k < order.size(); ++k) {
    const ZipEntry& before = entries_[order[k - 1]];
    const auto end = static_cast<std::uint64_t>(before.content.data() + before.content.size() - bytes_.data());
    if (local_headers_[order[k]] < end) {
      damaged(fmt::format("the entries {} and {} overlap at byte {}", shown_name(before.name),
                          shown_name(entries_[order[k]].name), local_headers_[order[k]]));
    }
  }
}

const ZipEntry* ZipArchive::find(std::string_view name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : &entries_[it->second];
}

void ZipArchive::read(const ZipEntry& entry, std::span<std::byte> to, bool verify) const {
  if (entry.deflated) {
    if (!inflate_all(entry.content, to)) {
      damaged(
          fmt::format("the packed entry {} is damaged, or has not the size that it claims", shown_name(entry.name)));
    }
  } else {
    std::ranges::copy(entry.content, to.begin());
  }
  if (verify && crc_of(to) != entry.crc) {
    damaged(
        fmt::format("the entry {} is damaged: its CRC-32 is {:08x}, the directory says {:08x}; copy or download "
                    "the file again",
                    shown_name(entry.name), crc_of(to), entry.crc));
  }
}

}  // namespace lamella::io
