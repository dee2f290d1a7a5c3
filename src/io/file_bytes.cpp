#include "io/file_bytes.h"

#include <fmt/format.h>
#include <lamella/error.h>

#include <algorithm>

#include "io/byte_source.h"

namespace lamella::io {

void throw_file_error(const std::string& name, std::string_view reason) {
  throw FileError(fmt::format("{}: {}", name, reason));
}

std::string first_bytes(std::span<const std::byte> bytes) {
  constexpr std::size_t kShown = 8;
  if (bytes.empty()) return "nothing";
  std::string hex;
  std::string text;
  for (const std::byte b : bytes.first(std::min(kShown, bytes.size()))) {
    const auto value = static_cast<unsigned>(b);
    hex += fmt::format("{}{:02x}", hex.empty() ? "" : " ", value);
    const bool printable = value >= 0x20 && value < 0x7f && value != '"' && value != '\\';
    text += printable ? static_cast<char>(value) : '.';
  }
  return fmt::format("{} (\"{}\")", hex, text);
}

std::string counted_bytes(std::uint64_t bytes) { return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s"); }

std::string human_size(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return counted_bytes(bytes);
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1024) {
    size /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  FileSource file(path);
  const auto refuse = [&] {
    throw_file_error(path.string(), fmt::format("larger than {}, the most that is read here", human_size(max_bytes)));
  };
  const std::uint64_t known = file.remaining().value_or(0);
  if (known > max_bytes) refuse();
  // One byte more than the file is said to have, so that its end is seen without growing.
  std::vector<std::byte> bytes(static_cast<std::size_t>(known) + 1);
  std::size_t size = 0;
  for (;;) {
    size += file.read(std::span(bytes).subspan(size));
    if (size > max_bytes) refuse();
    if (size < bytes.size()) break;
    bytes.resize(2 * bytes.size() + 4096);
  }
  bytes.resize(size);
  return bytes;
}

void to_host_order(std::span<std::byte> bytes, std::size_t element_size, std::endian from) {
  if (element_size == 1 || from == std::endian::native) return;
  for (std::size_t i = 0; i + element_size <= bytes.size(); i += element_size) {
    std::reverse(bytes.begin() + i, bytes.begin() + i + element_size);
  }
}

}  // namespace lamella::io
