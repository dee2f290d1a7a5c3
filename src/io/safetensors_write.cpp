#include <fmt/format.h>
#include <lamella/error.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "io/file_bytes.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"

namespace lamella::io {
namespace {

/// Where a dtype stands in the format's list; the reference orders tensors by it, the last first.
std::size_t rank_of(DType dtype) {
  const auto dtypes = safetensors_dtypes();
  return static_cast<std::size_t>(std::ranges::find(dtypes, std::optional(dtype), &SafetensorsDType::dtype) -
                                  dtypes.begin());
}

std::vector<const TensorView*> in_file_order(std::span<const TensorView> tensors) {
  std::vector<const TensorView*> ordered;
  for (const TensorView& tensor : tensors) ordered.push_back(&tensor);
  std::ranges::stable_sort(ordered, [](const TensorView* a, const TensorView* b) {
    const std::size_t rank_a = rank_of(a->dtype), rank_b = rank_of(b->dtype);
    return rank_a != rank_b ? rank_a > rank_b : a->name < b->name;
  });
  return ordered;
}

void check_tensors(std::span<const TensorView> tensors) {
  std::vector<std::string_view> names = {kMetadataKey};
  for (const TensorView& tensor : tensors) {
    names.push_back(tensor.name);
    const auto need = static_cast<std::uint64_t>(checked_numel(tensor.shape));
    if (saturating_product(need, size_of(tensor.dtype)) != tensor.bytes.size()) {
      throw ValueError(fmt::format("tensor '{}' is {} {} but has {} bytes", tensor.name, name_of(tensor.dtype),
                                   to_string(tensor.shape), tensor.bytes.size()));
    }
  }
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return;
  throw ValueError(*twice == kMetadataKey ? fmt::format("no tensor can be named '{}'", kMetadataKey)
                                          : fmt::format("two tensors are named '{}'", *twice));
}

/// A JSON string as the reference writes it: `"`, `\` and control characters escaped, all else raw.
std::string json_text(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw ValueError(
        fmt::format("a name or text of a model file is not UTF-8; it begins with {}", first_bytes(bytes_of(text))));
  }
}

/// Everything before the data: the header's length, the header, its padding.
std::string encode_header(std::span<const TensorView* const> ordered, const Metadata& metadata) {
  std::string json = "{";
  if (!metadata.empty()) {
    std::string pairs;
    for (const auto& [key, value] : metadata)
      pairs += (pairs.empty() ? "" : ",") + json_text(key) + ":" + json_text(value);
    json += fmt::format("\"{}\":{{{}}}", kMetadataKey, pairs);
  }
  std::uint64_t offset = 0;
  for (const TensorView* tensor : ordered) {
    std::string shape;
    for (const std::int64_t extent : tensor->shape) shape += fmt::format("{}{}", shape.empty() ? "" : ",", extent);
    json += fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", json.size() > 1 ? "," : "",
                        json_text(tensor->name), safetensors_dtypes()[rank_of(tensor->dtype)].name, shape, offset,
                        offset + tensor->bytes.size());
    offset += tensor->bytes.size();
  }
  json += '}';
  json.resize((json.size() + 7) / 8 * 8, ' ');
  if (json.size() > kMaxHeaderBytes)
    throw ValueError("the names, shapes and metadata of a model file take more than 100 MB");
  std::string length;
  for (std::size_t i = 0; i < 8; ++i) length += static_cast<char>(json.size() >> 8 * i & 0xff);
  return length + json;
}

template <typename Write>
void write_all(std::span<const TensorView> tensors, const Metadata& metadata, Write&& write) {
  const auto ordered = in_file_order(tensors);
  write(bytes_of(encode_header(ordered, metadata)));
  for (const TensorView* tensor : ordered) write(tensor->bytes);
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const Metadata& metadata) {
  check_tensors(tensors);
  platform::atomic_write(path, [&](platform::OutputFile& file) {
    write_all(tensors, metadata, [&](std::span<const std::byte> bytes) { file.write(bytes.data(), bytes.size()); });
  });
}

std::vector<std::byte> encode_safetensors(std::span<const TensorView> tensors, const Metadata& metadata) {
  check_tensors(tensors);
  std::vector<std::byte> file;
  write_all(tensors, metadata,
            [&](std::span<const std::byte> bytes) { file.insert(file.end(), bytes.begin(), bytes.end()); });
  return file;
}

}  // namespace lamella::io
