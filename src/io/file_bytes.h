// What every reader of a file format needs: errors that name the file, the first bytes of something unexpected, and
// numbers in the byte order of this machine.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::io {

/// Raises FileError "<name>: <reason>".
[[noreturn]] void throw_file_error(const std::string& name, std::string_view reason);

/// The start of a file for an error message: `89 50 4e 47 0d 0a 1a 0a (".PNG....")`, or `nothing`.
std::string first_bytes(std::span<const std::byte> bytes);

/// "1 byte", "17 bytes".
std::string counted_bytes(std::uint64_t bytes);

/// "1.5 MiB", "17 bytes".
std::string human_size(std::uint64_t bytes);

/// All of a file, read and not mapped, so that a file cut short meanwhile is an error and not a signal; pipes work.
/// Raises FileError if it is missing, cannot be read, or is larger than `max_bytes`.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Reverses the bytes of every element if this machine's order is not `from`. `bytes` is a multiple of `element_size`.
void to_host_order(std::span<std::byte> bytes, std::size_t element_size, std::endian from);

/// a * b, or no less than 2^64 - 1 if that is larger.
constexpr std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/// The bytes of a container of plain values.
template <typename Container>
std::span<const std::byte> bytes_of(const Container& values) {
  return std::as_bytes(std::span(values.data(), values.size()));
}

}  // namespace lamella::io
