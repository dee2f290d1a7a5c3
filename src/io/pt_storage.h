// Storages of PyTorch's files. Private to io.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/storage.h"
#include "io/pickle.h"

namespace lamella::io {

struct LoadedStorage {
  RefPtr<Storage> storage;
  DType dtype = DType::kFloat32;
  std::int64_t numel = 0;              // as the first claim says
  std::optional<DType> claimed_dtype;  // likewise
};

/// The bytes of a claim. Raises FileError if they are beyond 2^63 - 1.
std::uint64_t claimed_bytes(const StorageClaim& claim, const std::string& file);
/// Memory for it, its values undefined. Raises FileError if the bytes are no whole number of elements.
RefPtr<Storage> new_storage(const StorageClaim& claim, DType dtype, const std::string& file);
/// Raises FileError if a later claim on a storage says something else than the first.
void check_same_storage(const StorageClaim& claim, DType dtype, const LoadedStorage& loaded, const std::string& file);
/// Elements as a file of that byte order has them, in their place: swapped if need be, bools as 0 and 1.
void bring_to_host(std::span<std::byte> elements, DType dtype, std::endian order);

}  // namespace lamella::io
