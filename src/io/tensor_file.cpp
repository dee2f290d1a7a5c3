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

/// The elements of a tensor in row-major, little-endian order: its own memory where that is so already.
struct Elements {
  explicit Elements(const Tensor& tensor) : contiguous(tensor.detach().contiguous()) {
    impl(contiguous).storage->make_plain();
    memory = physical(contiguous);
    const std::size_t element = size_of(contiguous.dtype());
    bytes = {memory.data, static_cast<std::size_t>(contiguous.numel()) * element};
    if constexpr (std::endian::native == std::endian::big) {
      swapped.assign(bytes.begin(), bytes.end());
      io::to_host_order(swapped, element, std::endian::little);
      bytes = swapped;
    }
  }
  Elements(Elements&&) = default;
  Tensor contiguous;
  Physical memory;
  std::vector<std::byte> swapped;
  std::span<const std::byte> bytes;
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
    views.push_back({name, tensor.dtype(), tensor.shape(), elements.back().bytes});
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
