// safetensors, the model file (docs/formats/model-file.md): named tensors and a map of strings. Read as the reference
// (the Rust crate, 0.8) does, but stricter where readers are known to differ; written byte for byte as it writes.
#pragma once

#include <lamella/dims.h>
#include <lamella/dtype.h>
#include <lamella/error.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/platform.h"

namespace lamella::io {

/// The ways in which a file can fail to be safetensors, each found before anything is trusted.
enum class SafetensorsFault {
  kTooShort,          // fewer than the 8 bytes that state the header's length
  kHeaderTooLarge,    // a header of more than 100,000,000 bytes: most likely a file of another kind
  kHeaderCutShort,    // the header's length exceeds the file
  kNotAnObject,       // the header does not begin with '{'
  kBadJson,           // malformed JSON, or text that is not UTF-8
  kTooDeep,           // JSON nested deeper than 4
  kDuplicateName,     // two equal keys: readers differ in which one they take
  kBadMetadata,       // __metadata__ is no object of strings
  kBadTensor,         // an entry that is no object, or a field of the wrong type
  kMissingField,      // no dtype, no shape or no data_offsets
  kUnknownDType,      // a dtype that the format does not have
  kUnsupportedDType,  // one that it has and lamella has not
  kBadShape,          // a dimension that is no integer from 0 to 2^63 - 1, or a product beyond that
  kBadOffsets,        // data_offsets that are not two integers, begin <= end
  kWrongSize,         // data_offsets that do not span the bytes of dtype and shape
  kDataCutShort,      // a tensor ends behind the end of the file
  kHole,              // bytes between tensors that belong to none
  kOverlap,           // two tensors share bytes
  kTrailingBytes,     // bytes behind the last tensor
};

class SafetensorsError : public FileError {
 public:
  SafetensorsError(SafetensorsFault fault, const std::string& message) : FileError(message), fault_(fault) {}
  SafetensorsFault fault() const { return fault_; }

 private:
  SafetensorsFault fault_;
};

/// A tensor of a file, or one to be written: contiguous, little endian.
struct TensorView {
  std::string name;
  DType dtype = DType::kFloat32;
  Dims shape;
  std::span<const std::byte> bytes;  // owned by somebody else; of no particular alignment

  /// Whether a pointer to the elements may be used as it is: aligned, and in the byte order of this machine.
  bool usable_in_place() const;
  /// Copies the elements to `to` (bytes.size() bytes), in the byte order of this machine; bools become 0 or 1.
  void copy_to(std::span<std::byte> to) const;
};

using Metadata = std::map<std::string, std::string>;

/// An open file: its tensors are views into the mapping and live as long as this object. Replacing the file by a
/// rename, as write_safetensors does, leaves the mapping as it was; cutting it short in place would end the process
/// (SIGBUS).
class SafetensorsFile {
 public:
  /// Maps `path`. Raises FileError if it cannot be read, SafetensorsError (which names the file, the tensor and the
  /// reason) if it is no valid file.
  explicit SafetensorsFile(const std::filesystem::path& path);
  /// The same out of memory, which must outlive the views. `name` stands for the file in errors.
  SafetensorsFile(std::span<const std::byte> bytes, std::string name);

  const std::string& name() const { return name_; }
  const Metadata& metadata() const { return metadata_; }
  /// In the order of their data.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  /// The tensor of that name, or null.
  const TensorView* find(std::string_view tensor) const;
  /// The tensor of that name. Raises FileError with the names that there are.
  const TensorView& at(std::string_view tensor) const;

 private:
  void parse(std::span<const std::byte> bytes);

  std::string name_;
  std::optional<platform::MappedFile> mapping_;
  Metadata metadata_;
  std::vector<TensorView> tensors_;
  std::vector<std::size_t> by_name_;  // indices of tensors_
};

/// Writes a file, whole or not at all: tensors ordered by dtype, wide ones first, then by name; the header padded so
/// that the data begins at a multiple of 8. Raises ValueError for two tensors of one name, a tensor whose bytes do not
/// fit its shape, or text that is not UTF-8; FileError if the file cannot be written.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const Metadata& metadata = {});

/// The bytes of that file.
std::vector<std::byte> encode_safetensors(std::span<const TensorView> tensors, const Metadata& metadata = {});

}  // namespace lamella::io
