// Five pickles one behind the other (a magic number, the protocol, the machine, the value, the keys of the storages),
// then for each key a count of elements (int64) and the elements.
#include "io/pt_legacy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "io/file_bytes.h"
#include "io/pickle.h"
#include "io/pt_storage.h"
#include "io/safetensors_header.h"

namespace lamella::io {
namespace {

constexpr std::array<unsigned char, 15> kMagic = {0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                                  0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e};
constexpr std::int64_t kProtocol = 1001;

class LegacyReader {
 public:
  LegacyReader(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  PyValue load() {
    next_pickle("magic number");
    const PyValue protocol = next_pickle("protocol");
    if (protocol.kind() != PyValue::Kind::kInt || protocol.as_int() != kProtocol) {
      throw_file_error(name_, "is of an unknown version of PyTorch's old format");
    }
    read_machine(next_pickle("machine"));
    PyValue value = next_pickle("value");
    read_storages(next_pickle("list of storages"));
    return value;
  }

 private:
  PyValue next_pickle(std::string_view what) {
    const StorageLoader storages = [this](const StorageClaim& claim, DType dtype) { return storage(claim, dtype); };
    Pickle pickle =
        read_pickle(bytes_.subspan(position_), fmt::format("{}: the {} at byte {}", name_, what, position_), storages);
    position_ += pickle.bytes;
    return std::move(pickle.value);
  }

  void read_machine(const PyValue& machine) {
    const PyValue* little = machine.is_dict() ? machine.find("little_endian") : nullptr;
    if (little == nullptr || little->kind() != PyValue::Kind::kBool) {
      throw_file_error(name_, "does not say what byte order it has: damaged");
    }
    order_ = little->as_bool() ? std::endian::little : std::endian::big;
  }

  /// Memory for a storage whose elements come later. All claims together cannot be more than the file.
  RefPtr<Storage> storage(const StorageClaim& claim, DType dtype) {
    const auto it = storages_.find(claim.key);
    if (it != storages_.end()) {
      check_same_storage(claim, dtype, it->second, name_);
      return it->second.storage;
    }
    const std::uint64_t bytes = claimed_bytes(claim, name_);
    const std::uint64_t rest = bytes_.size() - position_;
    const std::uint64_t left = rest - std::min<std::uint64_t>(rest, claimed_);
    if (bytes > left) {
      throw_file_error(name_, fmt::format("cut short: the storage {} claims {}, {} are left in the file",
                                          shown_name(claim.key), counted_bytes(bytes), left));
    }
    claimed_ += bytes;
    LoadedStorage loaded{new_storage(claim, dtype, name_), dtype, claim.numel, claim.dtype};
    return storages_.emplace(claim.key, std::move(loaded)).first->second.storage;
  }

  void read_storages(const PyValue& keys) {
    if (keys.kind() != PyValue::Kind::kList) throw_file_error(name_, "does not list its storages: damaged");
    std::size_t filled = 0;
    for (const PyValue& key : keys.items()) {
      const auto it = key.is_string() ? storages_.find(key.as_string()) : storages_.end();
      if (it == storages_.end()) throw_file_error(name_, "lists a storage that no tensor has, or has twice: damaged");
      fill(it->first, it->second);
      storages_.erase(it);
      ++filled;
    }
    if (!storages_.empty()) {
      throw_file_error(
          name_, fmt::format("lacks the elements of the storage {}: damaged", shown_name(storages_.begin()->first)));
    }
  }

  void fill(const std::string& key, const LoadedStorage& loaded) {
    const std::uint64_t bytes = loaded.storage->bytes();
    if (bytes_.size() - position_ < 8 || bytes_.size() - position_ - 8 < bytes) {
      throw_file_error(name_, fmt::format("cut short at byte {}: the storage {} needs {} from byte {} on",
                                          bytes_.size(), shown_name(key), counted_bytes(bytes + 8), position_));
    }
    std::array<std::byte, 8> count;
    std::ranges::copy(bytes_.subspan(position_, 8), count.begin());
    if (std::endian::native != order_) std::ranges::reverse(count);
    if (std::bit_cast<std::int64_t>(count) != loaded.numel) {
      throw_file_error(name_,
                       fmt::format("says at byte {} that the storage {} has {} elements, its tensors say {}", position_,
                                   shown_name(key), std::bit_cast<std::int64_t>(count), loaded.numel));
    }
    const std::span<std::byte> memory(loaded.storage->plain_data(), bytes);
    std::ranges::copy(bytes_.subspan(position_ + 8, bytes), memory.begin());
    bring_to_host(memory, loaded.dtype, order_);
    position_ += 8 + bytes;
  }

  std::span<const std::byte> bytes_;
  const std::string& name_;
  std::size_t position_ = 0;
  std::uint64_t claimed_ = 0;
  std::endian order_ = std::endian::little;
  std::unordered_map<std::string, LoadedStorage> storages_;
};

}  // namespace

bool begins_as_legacy_pt(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::ranges::equal(bytes.first(kMagic.size()), std::as_bytes(std::span(kMagic)));
}

PyValue load_legacy_pt(std::span<const std::byte> bytes, const std::string& name) {
  return LegacyReader(bytes, name).load();
}

}  // namespace lamella::io
