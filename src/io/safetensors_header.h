// The JSON header of a safetensors file: its text into entries. Private to io.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.h"

namespace lamella::io {

inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // as the reference
inline constexpr std::string_view kMetadataKey = "__metadata__";

/// An element type of the format: its name, its bits an element, and ours if we have it.
struct SafetensorsDType {
  std::string_view name;
  int bits;
  std::optional<DType> dtype;
};

/// All of them, narrow ones first: written files are in the reverse order.
std::span<const SafetensorsDType> safetensors_dtypes();

struct HeaderEntry {
  std::string name;
  const SafetensorsDType* dtype = nullptr;
  Dims shape;
  std::uint64_t begin = 0, end = 0;  // in the data behind the header
};

struct Header {
  Metadata metadata;
  std::vector<HeaderEntry> entries;  // as the JSON has them
};

/// Raises SafetensorsError for everything that can be wrong in the text itself; sizes are left to the caller.
Header parse_header(std::string_view json, const std::string& file);

/// A name for a message: in quotes, short, on one line. A file's names can be megabytes of anything.
std::string shown_name(std::string_view name);

/// Raises SafetensorsError "<file>: <reason>".
[[noreturn]] void throw_fault(SafetensorsFault fault, const std::string& file, std::string_view reason);

}  // namespace lamella::io
