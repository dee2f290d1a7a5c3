// PyTorch's zip format, laid out as torch lays it out.
#include <lamella/error.h>
#include <lamella/io/checkpoint.h>

#include <bit>

#include "core/platform.h"
#include "io/file_bytes.h"
#include "io/pickle.h"
#include "io/utf8.h"
#include "io/zip.h"

namespace lamella {
namespace {

/// torch names the folder of the entries as the file.
std::string folder_name(const std::filesystem::path& path) {
  std::string name = path.stem().string();
  return name.empty() || !io::is_utf8(name) ? "archive" : name;
}

void write_archive(const io::WrittenPickle& pickle, const std::string& name, io::ZipWriter::Sink sink) {
  io::ZipWriter zip(std::move(sink));
  const std::string folder = name + "/";
  zip.add(folder + "data.pkl", pickle.bytes);
  zip.add(folder + ".format_version", "1");
  zip.add(folder + ".storage_alignment", "64");
  zip.add(folder + "byteorder", std::endian::native == std::endian::little ? "little" : "big");
  for (std::size_t i = 0; i < pickle.storages.size(); ++i) {
    Storage& storage = *pickle.storages[i];
    storage.make_plain();
    const Storage::Snapshot memory = storage.snapshot();
    zip.add(folder + "data/" + std::to_string(i), std::span<const std::byte>(memory.data, storage.bytes()));
  }
  zip.add(folder + "version", "3\n");
  zip.finish();
}

}  // namespace

void save_pt(const std::filesystem::path& path, const PyValue& value) {
  const io::WrittenPickle pickle = io::write_pickle(value);
  platform::atomic_write(path, [&](platform::OutputFile& file) {
    write_archive(pickle, folder_name(path),
                  [&file](std::span<const std::byte> bytes) { file.write(bytes.data(), bytes.size()); });
  });
}

std::vector<std::byte> encode_pt(const PyValue& value) {
  std::vector<std::byte> result;
  write_archive(io::write_pickle(value), "archive", [&result](std::span<const std::byte> bytes) {
    result.insert(result.end(), bytes.begin(), bytes.end());
  });
  return result;
}

}  // namespace lamella
