#include "io/pt_storage.h"

#include <fmt/format.h>

#include "io/file_bytes.h"
#include "io/safetensors_header.h"

namespace lamella::io {

std::uint64_t claimed_bytes(const StorageClaim& claim, const std::string& file) {
  std::int64_t bytes = 0;
  const auto element = static_cast<std::int64_t>(claim.dtype ? size_of(*claim.dtype) : 1);
  if (__builtin_mul_overflow(claim.numel, element, &bytes)) {
    throw_file_error(file, fmt::format("its storage {} claims {} elements", shown_name(claim.key), claim.numel));
  }
  return static_cast<std::uint64_t>(bytes);
}

RefPtr<Storage> new_storage(const StorageClaim& claim, DType dtype, const std::string& file) {
  const std::uint64_t bytes = claimed_bytes(claim, file);
  if (bytes % size_of(dtype) != 0) {
    throw_file_error(file, fmt::format("its storage {} of {} ends inside of a {}", shown_name(claim.key),
                                       counted_bytes(bytes), name_of(dtype)));
  }
  return make_ref<Storage>(static_cast<std::size_t>(bytes / size_of(dtype)), dtype, PhysicalOrder::plain());
}

void check_same_storage(const StorageClaim& claim, DType dtype, const LoadedStorage& loaded, const std::string& file) {
  if (claim.numel != loaded.numel || claim.dtype != loaded.claimed_dtype || dtype != loaded.dtype) {
    throw_file_error(
        file, fmt::format("two of its tensors say that their storage {} has {} elements of {} and {} of {}",
                          shown_name(claim.key), loaded.numel, name_of(loaded.dtype), claim.numel, name_of(dtype)));
  }
}

void bring_to_host(std::span<std::byte> elements, DType dtype, std::endian order) {
  to_host_order(elements, size_of(dtype), order);
  if (dtype != DType::kBool) return;
  for (std::byte& value : elements) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
}

}  // namespace lamella::io
