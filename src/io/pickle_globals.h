// The classes and functions that a pickle may name, and what is made of a call of one. Private to io.
#pragma once

#include <lamella/io/checkpoint.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "io/pickle.h"

namespace lamella::io {

/// Thrown inside of the machine, which adds where it is: the reason why a pickle is not read.
struct Refusal {
  std::string reason;
};

/// What a name in a pickle stands for.
struct PickleGlobal {
  enum class Role : std::uint8_t {
    kStorage,        // a class of storages; an element type may come with it
    kUntyped,        // torch.storage.UntypedStorage
    kDType,          // torch.float32, …
    kTensorType,     // torch.Tensor, torch.nn.parameter.Parameter: named, never called
    kRebuildTensor,  // torch._utils._rebuild_tensor, _v2, _v3
    kRebuildParameter,
    kRebuildWithState,
    kRebuildFromType,
    kOrderedDict,
    kCounter,
    kSize,
    kDevice,
    kEncode,   // _codecs.encode: how bytes are written
    kNoBytes,  // bytes(): those of length 0, which encode does not write
    kByteArray,
    kSet,
    kComplex,
    kUnsupported,  // known, and impossible here: `why` says what it is
  };
  std::string_view module, name;
  Role role;
  std::variant<std::monostate, DType, int> detail = {};  // an element type, or the version of a function
  std::string_view why = {};
};

/// Raises Refusal for a name that is not in the table.
const PickleGlobal& find_pickle_global(std::string_view module, std::string_view name);

/// The name under which a dtype's storages are pickled ("FloatStorage"), without the module "torch".
std::string_view storage_class(DType dtype);

struct PickleArguments;

/// What stands on the machine's stack: a value, or what only the arguments of a call can be.
using PickleItem = std::variant<PyValue, const PickleGlobal*, std::shared_ptr<const StorageClaim>,
                                std::shared_ptr<const PickleArguments>>;

/// A tuple with an item that is no value.
struct PickleArguments {
  std::vector<PickleItem> items;
  int depth = 1;
};

/// The items of a tuple of either kind. Raises Refusal for anything else.
std::vector<PickleItem> pickle_arguments(const PickleItem& tuple);

/// What an item is, for a message: "a dict", "torch.FloatStorage".
std::string described(const PickleItem& item);

/// Calls `function`: the only place where something of PyTorch's comes to be. Raises Refusal where the arguments
/// are not its.
PyValue call_pickle_global(const PickleGlobal& function, const std::vector<PickleItem>& arguments,
                           const StorageLoader& storages);

}  // namespace lamella::io
