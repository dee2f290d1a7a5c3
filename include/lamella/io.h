// Files: pictures and named tensors. What saves and loads whole models stands in lamella/models.h.
//
// Every writer writes its file whole or not at all: a failure leaves what stood there before. Every reader checks what
// a file claims before it trusts it. Both raise FileError with one line that names the file and the reason.
//
// Thread safety: all functions may be called from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamella/tensor.h>

namespace lamella {

struct ReadImageOptions {
  /// 1 (grey), 3 (RGB) or 4 (RGBA): the picture is converted. Grey is ITU-R 601 luma, as in Pillow; what is transparent
  /// is laid over `background` first. Default: what the file has.
  std::optional<std::int64_t> channels = {};
  /// The grey value, 0 to 255, behind what is transparent when alpha is dropped.
  std::int64_t background = 255;
};

/// A PNG or JPEG file (its content tells which) as uint8 [C, H, W], red first. Raises FileError, and ValueError for
/// options out of range.
Tensor read_image(const std::filesystem::path& path, ReadImageOptions options = {});

/// Writes an 8-bit PNG: [H, W] or [C, H, W] with C = 1, 3 or 4, uint8, or floating-point in [0, 1]. Numbers beyond are
/// clamped, NaN becomes 0. Raises ValueError for another shape or a name that ends in another format's suffix,
/// TypeError for another dtype, FileError if it cannot be written.
void write_image(const std::filesystem::path& path, const Tensor& image);

/// Tensors by name, in order. An nn::StateDict converts to and from it.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Text that travels with the tensors of a file.
using Metadata = std::map<std::string, std::string>;

/// What a safetensors file holds (docs/formats/model-file.md).
struct TensorFile {
  NamedTensors tensors;  ///< in the order of their data
  Metadata metadata;

  /// Null if there is none.
  const Tensor* find(std::string_view name) const;
  /// Raises IndexError, with the names that there are.
  const Tensor& operator[](std::string_view name) const;
};

/// Writes a safetensors file: every dtype, any strides. Raises ValueError for two tensors of one name, an undefined
/// tensor or text that is not UTF-8; FileError if it cannot be written.
void save(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata = {});

/// Reads a safetensors file into memory of its own.
TensorFile load(const std::filesystem::path& path);

}  // namespace lamella
