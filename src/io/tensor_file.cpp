// Named tensors in a safetensors file.
#include <lamella/error.h>
#include <lamella/io.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>

#include "core/tensor_impl.h"
#include "io/file_bytes.h"
#include "io/safetensors.h"

namespace lamella {
namespace {

/// Copies elements in row-major order from where `strides` (in elements) say; returns the end of what it wrote.
std::byte* gather(const std::byte* from, std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                  std::size_t element, std::byte* to) {
  if (shape.empty()) return std::copy_n(from, element, to);
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    const std::int64_t offset = i * strides[0] * static_cast<std::int64_t>(element);
    to = gather(from + offset, shape.subspan(1), strides.subspan(1), element, to);
  }
  return to;
}

/// The elements of a tensor in row-major, little-endian order: its own memory where that is so already.
class Elements {
 public:
  explicit Elements(const Tensor& tensor) : memory_(physical(tensor)) {
    const std::size_t element = size_of(tensor.dtype());
    const std::size_t size = static_cast<std::size_t>(tensor.numel()) * element;
    constexpr bool kSwapped = std::endian::native == std::endian::big;
    if (!kSwapped && memory_.strides == contiguous_strides(tensor.shape())) {
      bytes_ = {memory_.data, size};
      return;
    }
    copy_.resize(size);
    if (size > 0) gather(memory_.data, tensor.shape(), memory_.strides, element, copy_.data());
    io::to_host_order(copy_, element, std::endian::little);
    bytes_ = copy_;
  }
  Elements(Elements&&) = default;
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  Physical memory_;
  std::vector<std::byte> copy_;
  std::span<const std::byte> bytes_;
};

}  // namespace

void save(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata) {
  std::vector<Elements> elements;
  std::vector<io::TensorView> views;
  elements.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined())
      throw ValueError(fmt::format("save: {}: the tensor \"{}\" is undefined", path.string(), name));
    elements.emplace_back(tensor);
    views.push_back({name, tensor.dtype(), tensor.shape(), elements.back().bytes()});
  }
  io::write_safetensors(path, views, metadata);
}

TensorFile load(const std::filesystem::path& path) {
  const io::SafetensorsFile file(path);
  TensorFile result{{}, file.metadata()};
  for (const io::TensorView& view : file.tensors()) {
    Tensor tensor = allocate({view.shape, {}, view.dtype, {}}, PhysicalOrder::plain());
    view.copy_to({physical_for_write(tensor).data, view.bytes.size()});
    result.tensors.emplace_back(view.name, std::move(tensor));
  }
  return result;
}

const Tensor* TensorFile::find(std::string_view name) const {
  const auto it = std::ranges::find(tensors, name, &NamedTensors::value_type::first);
  return it == tensors.end() ? nullptr : &it->second;
}

const Tensor& TensorFile::operator[](std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  std::vector<std::string_view> names;
  for (const auto& item : tensors) names.push_back(item.first);
  throw IndexError(fmt::format("the file has no tensor \"{}\"; it has {}", name, fmt::join(names, ", ")));
}

}  // namespace lamella
