#include "io/idx.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "io/byte_source.h"
#include "io/file_bytes.h"

namespace lamella::io {
namespace {

constexpr unsigned kMaxAxes = 8;

std::optional<DType> dtype_of_code(unsigned code) {
  switch (code) {
    case 0x08:
      return DType::kUInt8;
    case 0x09:
      return DType::kInt8;
    case 0x0b:
      return DType::kInt16;
    case 0x0c:
      return DType::kInt32;
    case 0x0d:
      return DType::kFloat32;
    case 0x0e:
      return DType::kFloat64;
    default:
      return std::nullopt;
  }
}

std::uint32_t big_endian_u32(std::span<const std::byte, 4> b) {
  return static_cast<std::uint32_t>(b[0]) << 24 | static_cast<std::uint32_t>(b[1]) << 16 |
         static_cast<std::uint32_t>(b[2]) << 8 | static_cast<std::uint32_t>(b[3]);
}

std::string describe(const IdxHeader& header) {
  return fmt::format("{} {}", name_of(header.dtype), to_string(header.dims));
}

}  // namespace

IdxReader::IdxReader(const std::filesystem::path& path, const IdxOptions& options)
    : name_(path.string()), source_(unpacked(std::make_unique<FileSource>(path), name_)) {
  read_header(options);
}

IdxReader::IdxReader(std::span<const std::byte> bytes, std::string name, const IdxOptions& options)
    : name_(std::move(name)), source_(unpacked(std::make_unique<SpanSource>(bytes), name_)) {
  read_header(options);
}

IdxReader::~IdxReader() = default;

void IdxReader::read_header(const IdxOptions& options) {
  std::array<std::byte, 4> magic{};
  const std::size_t size = source_->read(magic);
  const std::optional<DType> dtype = dtype_of_code(static_cast<unsigned>(magic[2]));
  const unsigned axes = static_cast<unsigned>(magic[3]);
  const bool is_idx = size == 4 && magic[0] == std::byte{0} && magic[1] == std::byte{0} && dtype.has_value();
  if (!is_idx || axes == 0 || axes > kMaxAxes) {
    throw_file_error(name_,
                     fmt::format("not an IDX file: it begins with {}, expected 00 00, an element type (08, 09, 0b "
                                 "to 0e) and 1 to {} axes",
                                 first_bytes(std::span(magic).first(size)), kMaxAxes));
  }
  header_.dtype = *dtype;
  header_.payload_bytes = size_of(*dtype);
  for (unsigned axis = 0; axis < axes; ++axis) {
    std::array<std::byte, 4> extent{};
    if (source_->read(extent) < 4) {
      throw_file_error(name_, fmt::format("cut short: it ends inside the sizes of its {} axes", axes));
    }
    header_.dims.push_back(big_endian_u32(extent));
  }
  for (const std::int64_t extent : header_.dims) {
    header_.payload_bytes = saturating_product(header_.payload_bytes, static_cast<std::uint64_t>(extent));
  }
  if (header_.payload_bytes > options.max_bytes) {
    throw_file_error(name_,
                     fmt::format("claims {}, more than the {} that are read; the file is damaged, or raise max_bytes",
                                 describe(header_), human_size(options.max_bytes)));
  }
  check_length();
}

void IdxReader::check_length() const {
  const auto have = source_->remaining();
  if (!have) return;
  const std::uint64_t need = header_.payload_bytes;
  if (*have < need && source_->knows_size()) {
    throw_file_error(name_,
                     fmt::format("cut short: {} needs {} bytes, the file has {}", describe(header_), need, *have));
  }
  if (*have < need) {
    throw_file_error(name_, fmt::format("cut short: {} needs {} bytes, the gzip data cannot hold more than {}",
                                        describe(header_), need, *have));
  }
  if (*have > need && source_->knows_size()) {
    throw_file_error(name_, fmt::format("{} too long for {}: the file is damaged or is of another kind",
                                        counted_bytes(*have - need), describe(header_)));
  }
}

void IdxReader::read_payload(std::span<std::byte> to) {
  const std::size_t have = source_->read(to);
  if (have < to.size()) {
    throw_file_error(name_,
                     fmt::format("cut short: {} needs {} bytes, the file has {}", describe(header_), to.size(), have));
  }
  std::byte beyond{};
  if (source_->read(std::span(&beyond, 1)) != 0) {
    throw_file_error(name_,
                     fmt::format("too long for {}: the file is damaged or is of another kind", describe(header_)));
  }
  to_host_order(to, size_of(header_.dtype), std::endian::big);
}

namespace {

IdxArray read_all(IdxReader& reader) {
  IdxArray array{reader.header().dtype, reader.header().dims, {}};
  array.bytes.resize(static_cast<std::size_t>(reader.header().payload_bytes));
  reader.read_payload(array.bytes);
  return array;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path, const IdxOptions& options) {
  IdxReader reader(path, options);
  return read_all(reader);
}

IdxArray read_idx(std::span<const std::byte> bytes, const std::string& name, const IdxOptions& options) {
  IdxReader reader(bytes, name, options);
  return read_all(reader);
}

}  // namespace lamella::io
