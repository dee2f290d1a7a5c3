// PyTorch's zip format: a pickle that describes, and an entry a storage.
#include <fmt/format.h>
#include <lamella/error.h>
#include <lamella/io/checkpoint.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "core/platform.h"
#include "io/file_bytes.h"
#include "io/pickle.h"
#include "io/pt_legacy.h"
#include "io/pt_storage.h"
#include "io/safetensors_header.h"
#include "io/zip.h"

namespace lamella {
namespace io {
namespace {

constexpr std::uint64_t kMaxPickleBytes = std::uint64_t{256} << 20;  // what describes a million tensors takes 100 MB

class PtArchive {
 public:
  PtArchive(std::span<const std::byte> bytes, const std::string& name, const PtLoadOptions& options)
      : zip_(bytes, name), options_(options) {
    find_folder();
    refuse_other_kinds();
    check_version();
    read_byte_order();
  }

  PyValue load() {
    const ZipEntry* entry = find("data.pkl");
    if (entry == nullptr) refuse(fmt::format("no PyTorch file: it has no {}data.pkl", folder_));
    if (entry->size > kMaxPickleBytes) {
      refuse(fmt::format("its data.pkl has {}, at most {} are read", human_size(entry->size),
                         human_size(kMaxPickleBytes)));
    }
    const std::vector<std::byte> pickle = read(*entry);
    const StorageLoader storages = [this](const StorageClaim& claim, DType dtype) { return storage(claim, dtype); };
    return read_pickle(pickle, zip_.file() + ": data.pkl", storages).value;
  }

 private:
  [[noreturn]] void refuse(std::string_view reason) const { throw_file_error(zip_.file(), reason); }

  const ZipEntry* find(std::string_view name) const { return zip_.find(folder_ + std::string(name)); }

  /// All entries lie in one folder, whatever its name.
  void find_folder() {
    if (zip_.entries().empty()) refuse("no PyTorch file: an empty zip archive");
    const std::string_view first = zip_.entries().front().name;
    const std::size_t slash = first.find('/');
    if (slash == std::string_view::npos) {
      refuse(fmt::format("no PyTorch file: a zip archive with {} outside of a folder{}", shown_name(first),
                         first.ends_with(".npy") ? " (NumPy's .npz?)" : ""));
    }
    folder_ = first.substr(0, slash + 1);
  }

  void refuse_other_kinds() const {
    const bool script = std::ranges::any_of(zip_.entries(), [&](const ZipEntry& entry) {
      return entry.name == folder_ + "constants.pkl" || entry.name.starts_with(folder_ + "code/");
    });
    if (script) {
      refuse("a TorchScript archive, which holds code; in Python with PyTorch, save torch.jit.load(file).state_dict()");
    }
  }

  std::string text_of(std::string_view name) const {
    const ZipEntry* entry = find(name);
    if (entry == nullptr) return "";
    if (entry->size > 64) refuse(fmt::format("its entry {} has {}", name, counted_bytes(entry->size)));
    const std::vector<std::byte> bytes = read(*entry);
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    text.erase(text.find_last_not_of(" \r\n") + 1);
    return text;
  }

  void check_version() const {
    std::string text = text_of("version");
    if (text.empty()) text = text_of(".data/version");
    if (text.empty()) return;
    int version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{} || end != text.data() + text.size() || version < 1 || version > 10) {
      refuse(fmt::format("has version {} of PyTorch's format; 1 to 10 are read", shown_name(text)));
    }
  }

  void read_byte_order() {
    const std::string text = text_of("byteorder");
    if (text == "big") {
      order_ = std::endian::big;
    } else if (!text.empty() && text != "little") {
      refuse(fmt::format("has the byte order {}, expected little or big", shown_name(text)));
    }
  }

  std::vector<std::byte> read(const ZipEntry& entry) const {
    count_unpacked(entry);
    std::vector<std::byte> bytes(entry.size);
    zip_.read(entry, bytes, options_.verify);
    return bytes;
  }

  /// Before memory is taken: what is stored is bounded by the file, what is packed is not.
  void count_unpacked(const ZipEntry& entry) const {
    if (!entry.deflated) return;
    if (entry.size > options_.max_unpacked_bytes - unpacked_) {
      refuse(fmt::format("unpacks to more than {}, the limit", human_size(options_.max_unpacked_bytes)));
    }
    unpacked_ += entry.size;
  }

  RefPtr<Storage> storage(const StorageClaim& claim, DType dtype) {
    const auto it = storages_.find(claim.key);
    if (it != storages_.end()) {
      check_same_storage(claim, dtype, it->second, zip_.file());
      return it->second.storage;
    }
    const ZipEntry* entry = find("data/" + claim.key);
    if (entry == nullptr)
      refuse(fmt::format("cut short or damaged: the storage {} is missing", shown_name(folder_ + "data/" + claim.key)));
    const std::uint64_t bytes = claimed_bytes(claim, zip_.file());
    if (entry->size != bytes) {
      refuse(fmt::format("its storage {} has {}, its tensors need {}", shown_name(entry->name),
                         counted_bytes(entry->size), bytes));
    }
    count_unpacked(*entry);
    LoadedStorage loaded{new_storage(claim, dtype, zip_.file()), dtype, claim.numel, claim.dtype};
    const std::span<std::byte> memory(loaded.storage->plain_data(), loaded.storage->bytes());
    zip_.read(*entry, memory, options_.verify);
    bring_to_host(memory, dtype, order_);
    return storages_.emplace(claim.key, std::move(loaded)).first->second.storage;
  }

  ZipArchive zip_;
  PtLoadOptions options_;
  std::string folder_;
  std::endian order_ = std::endian::little;
  std::unordered_map<std::string, LoadedStorage> storages_;
  mutable std::uint64_t unpacked_ = 0;
};

bool begins_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::ranges::equal(bytes.first(text.size()), bytes_of(text));
}

/// What the file is instead, as far as its bytes tell.
[[noreturn]] void refuse_foreign(std::span<const std::byte> bytes, const std::string& name) {
  std::string hint;
  if (bytes.empty()) {
    throw_file_error(name, "the file is empty");
  } else if (bytes.size() > 262 && begins_with(bytes.subspan(257), "ustar")) {
    hint = "a tar archive, as torch wrote before 0.2: load it with an old PyTorch and save it anew";
  } else if (begins_with(bytes, "\x80")) {
    hint = "a pickle of Python's, not one of torch.save: save it with torch.save(…)";
  } else if (bytes.size() > 9 && begins_with(bytes.subspan(8), "{")) {
    hint = "perhaps a safetensors file: name it .safetensors";
  } else if (begins_with(bytes, "\x89HDF")) {
    hint = "an HDF5 file (Keras)";
  } else if (begins_with(bytes, "<")) {
    hint = "perhaps a web page that was downloaded in its place";
  } else if (begins_with(bytes, "version https://git-lfs")) {
    hint = "a pointer of Git LFS: fetch the file itself with git lfs pull";
  }
  throw_file_error(
      name, fmt::format("not a .pt file: it begins with {}{}{}", first_bytes(bytes), hint.empty() ? "" : "; ", hint));
}

}  // namespace
}  // namespace io

PyValue load_pt(std::span<const std::byte> bytes, const std::string& name, const PtLoadOptions& options) {
  if (io::begins_as_zip(bytes)) return io::PtArchive(bytes, name, options).load();
  if (io::begins_as_legacy_pt(bytes)) return io::load_legacy_pt(bytes, name);
  io::refuse_foreign(bytes, name);
}

PyValue load_pt(const std::filesystem::path& path, const PtLoadOptions& options) {
  const platform::MappedFile file(path);
  return load_pt(file.bytes(), path.string(), options);
}

}  // namespace lamella
