#include "io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "io/file_bytes.h"
#include "io/safetensors_header.h"

namespace lamella::io {
namespace {

using Fault = SafetensorsFault;

std::string described(const HeaderEntry& entry) {
  constexpr std::size_t kShownAxes = 16;
  const std::span<const std::int64_t> shape = entry.shape;
  const std::string extents = shape.size() <= kShownAxes ? to_string(shape) : fmt::format("with {} axes", shape.size());
  return fmt::format("tensor {} ({} {})", shown_name(entry.name), entry.dtype->name, extents);
}

/// Bytes of dtype and shape; no value if they pass 2^63 - 1 or end inside of a byte.
std::optional<std::uint64_t> byte_count(const HeaderEntry& entry) {
  std::uint64_t elements = 1;
  for (const std::int64_t extent : entry.shape) {
    if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(extent), &elements)) return std::nullopt;
  }
  std::uint64_t bits = 0;
  if (__builtin_mul_overflow(elements, static_cast<std::uint64_t>(entry.dtype->bits), &bits)) return std::nullopt;
  return bits % 8 == 0 ? std::optional(bits / 8) : std::nullopt;
}

void check_entry(const HeaderEntry& entry, std::uint64_t data_bytes, const std::string& file) {
  const auto need = byte_count(entry);
  if (!need)
    throw_fault(Fault::kBadShape, file, fmt::format("{} is too large, or ends inside of a byte", described(entry)));
  if (entry.begin > entry.end) {
    throw_fault(Fault::kBadOffsets, file,
                fmt::format("{} ends before it begins: [{}, {}]", described(entry), entry.begin, entry.end));
  }
  if (entry.end - entry.begin != *need) {
    throw_fault(Fault::kWrongSize, file,
                fmt::format("{} needs {} bytes, its data_offsets [{}, {}] span {}", described(entry), *need,
                            entry.begin, entry.end, entry.end - entry.begin));
  }
  if (entry.end > data_bytes) {
    throw_fault(Fault::kDataCutShort, file,
                fmt::format("cut short: {} ends at byte {} of the data, the file has {}", described(entry), entry.end,
                            data_bytes));
  }
}

/// Sorts the entries by their data and checks that they tile it: no hole, no overlap, nothing left.
void check_tiling(std::vector<HeaderEntry>& entries, std::uint64_t data_bytes, const std::string& file) {
  std::ranges::sort(entries, {}, [](const HeaderEntry& e) { return std::pair(e.begin, e.end); });
  std::uint64_t end = 0;
  for (const HeaderEntry& entry : entries) {
    if (entry.begin > end) {
      throw_fault(Fault::kHole, file,
                  fmt::format("a hole of {} before {}", counted_bytes(entry.begin - end), described(entry)));
    }
    if (entry.begin < end) {
      throw_fault(
          Fault::kOverlap, file,
          fmt::format("{} overlaps the one before it by {}", described(entry), counted_bytes(end - entry.begin)));
    }
    end = entry.end;
  }
  if (end < data_bytes) {
    throw_fault(Fault::kTrailingBytes, file,
                fmt::format("{} left over behind the last tensor", counted_bytes(data_bytes - end)));
  }
}

std::uint64_t little_endian_u64(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) value = value << 8 | static_cast<std::uint64_t>(bytes[i]);
  return value;
}

/// The text of the header. Raises SafetensorsError for a length that cannot be.
std::string_view header_text(std::span<const std::byte> bytes, const std::string& file) {
  if (bytes.size() < 8) {
    throw_fault(Fault::kTooShort, file,
                fmt::format("not a safetensors file: it has {} bytes, at least 8 are needed", bytes.size()));
  }
  const std::uint64_t size = little_endian_u64(bytes);
  if (size > kMaxHeaderBytes) {
    throw_fault(Fault::kHeaderTooLarge, file,
                fmt::format("not a safetensors file: it begins with {}, a header of {} bytes (at most {})",
                            first_bytes(bytes), size, kMaxHeaderBytes));
  }
  if (size > bytes.size() - 8) {
    throw_fault(
        Fault::kHeaderCutShort, file,
        fmt::format("cut short, or not a safetensors file: the header has {} bytes, the file {} behind its length",
                    size, bytes.size() - 8));
  }
  return {reinterpret_cast<const char*>(bytes.data()) + 8, static_cast<std::size_t>(size)};
}

}  // namespace

bool TensorView::usable_in_place() const {
  if (size_of(dtype) == 1) return dtype != DType::kBool;
  return std::endian::native == std::endian::little &&
         reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(dtype) == 0;
}

void TensorView::copy_to(std::span<std::byte> to) const {
  if (dtype == DType::kBool) {
    std::ranges::transform(bytes, to.begin(),
                           [](std::byte b) { return b != std::byte{0} ? std::byte{1} : std::byte{0}; });
    return;
  }
  std::ranges::copy(bytes, to.begin());
  to_host_order(to.first(bytes.size()), size_of(dtype), std::endian::little);
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : name_(path.string()), mapping_(path) {
  parse(mapping_->bytes());
}

SafetensorsFile::SafetensorsFile(std::span<const std::byte> bytes, std::string name) : name_(std::move(name)) {
  parse(bytes);
}

void SafetensorsFile::parse(std::span<const std::byte> bytes) {
  const std::string_view text = header_text(bytes, name_);
  Header header = parse_header(text, name_);
  const auto data = bytes.subspan(8 + text.size());
  for (const HeaderEntry& entry : header.entries) check_entry(entry, data.size(), name_);
  check_tiling(header.entries, data.size(), name_);
  tensors_.reserve(header.entries.size());
  for (HeaderEntry& entry : header.entries) {
    if (!entry.dtype->dtype) {
      throw_fault(Fault::kUnsupportedDType, name_,
                  fmt::format("{} has a dtype that lamella lacks; it has BOOL, U8, I8 to I64, F16, BF16, F32 and F64",
                              described(entry)));
    }
    const auto size = static_cast<std::size_t>(entry.end - entry.begin);
    tensors_.push_back({std::move(entry.name), *entry.dtype->dtype, std::move(entry.shape),
                        data.subspan(static_cast<std::size_t>(entry.begin), size)});
  }
  metadata_ = std::move(header.metadata);
  by_name_.resize(tensors_.size());
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  std::ranges::sort(by_name_, {}, [this](std::size_t i) -> const std::string& { return tensors_[i].name; });
}

const TensorView* SafetensorsFile::find(std::string_view tensor) const {
  const auto name = [this](std::size_t i) -> std::string_view { return tensors_[i].name; };
  const auto found = std::ranges::lower_bound(by_name_, tensor, {}, name);
  return found != by_name_.end() && name(*found) == tensor ? &tensors_[*found] : nullptr;
}

const TensorView& SafetensorsFile::at(std::string_view tensor) const {
  if (const TensorView* found = find(tensor)) return *found;
  constexpr std::size_t kShown = 6;
  std::string names;
  for (const std::size_t i : std::span(by_name_).first(std::min(kShown, by_name_.size()))) {
    names += (names.empty() ? "" : ", ") + shown_name(tensors_[i].name);
  }
  throw_file_error(name_, fmt::format("holds no tensor {}; its {} tensors: {}{}", shown_name(tensor), tensors_.size(),
                                      names, by_name_.size() > kShown ? ", …" : ""));
}

}  // namespace lamella::io
