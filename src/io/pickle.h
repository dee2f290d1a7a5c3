// Python's pickle format, the part that says data: read and written without Python. Private to io.
//
// A pickle is a program for a stack machine, which in Python may call anything. This machine knows the opcodes that
// build containers, strings and numbers, and the dozen callables (pickle_globals.h) by which PyTorch describes tensors;
// any other is refused by name when the file mentions it, used or not. torch.load(weights_only=True) accepts the same.
#pragma once

#include <lamella/io/checkpoint.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/storage.h"

namespace lamella::io {

/// Lists in dictionaries in lists …: no deeper.
inline constexpr int kMaxPickleDepth = 100;

/// Where the elements of a tensor lie, as a pickle claims it; nothing of it is checked.
struct StorageClaim {
  std::string key;
  std::optional<DType> dtype;  // none: untyped, and numel counts bytes
  std::int64_t numel = 0;
  std::int64_t view_offset = 0;  // of a part of a storage, as files before torch 1.6 can have it, in elements
  std::optional<std::int64_t> view_numel = {};  // none: all of it
};

/// The storage that a claim names, once it is known to have `numel` elements of `dtype` (in whole bytes if untyped).
/// Raises FileError.
using StorageLoader = std::function<RefPtr<Storage>(const StorageClaim&, DType dtype)>;

struct Pickle {
  PyValue value;
  std::size_t bytes = 0;  // up to and including its end
};

/// Runs the pickle at the start of `bytes`; what lies behind its end is left alone. `name` begins the errors. Raises
/// FileError with the byte and the reason: an opcode cut short or unknown, operands of the wrong kind, a class or
/// function that is none of PyTorch's, a tensor beyond its storage, a container in itself or deeper than
/// kMaxPickleDepth.
Pickle read_pickle(std::span<const std::byte> bytes, const std::string& name, const StorageLoader& storages);

struct WrittenPickle {
  std::vector<std::byte> bytes;
  std::vector<RefPtr<Storage>> storages;  // storage "0", "1", …
};

/// Protocol 2, which every version of torch reads. Raises ValueError as save_pt does.
WrittenPickle write_pickle(const PyValue& value);

}  // namespace lamella::io
