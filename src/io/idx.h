// IDX, the format of MNIST's files (docs/formats/idx.md): a big-endian array of one of six element types, gzipped or
// not. A file is told by its content, never by its name, and every size it states is checked before it is trusted.
#pragma once

#include <lamella/dims.h>
#include <lamella/dtype.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace lamella::io {

class ByteSource;

struct IdxHeader {
  DType dtype = DType::kUInt8;  // uint8, int8, int16, int32, float32 or float64
  Dims dims;                    // 1 to 8 axes
  std::uint64_t payload_bytes = 0;
};

struct IdxOptions {
  /// A file whose elements take more is refused before memory is taken.
  std::uint64_t max_bytes = std::uint64_t{8} << 30;
};

/// Reads an IDX file in two steps, so that the elements can go straight to where they are wanted.
class IdxReader {
 public:
  /// Opens `path` and reads its header. Raises FileError (which names the file and the reason) if the file is missing,
  /// is not IDX (shows its first bytes), claims more than `options.max_bytes`, or is too short or too long for its
  /// sizes; of a gzipped file the length shows only in read_payload.
  explicit IdxReader(const std::filesystem::path& path, const IdxOptions& options = {});
  /// The same out of memory, which must outlive the reader. `name` stands for the file in errors.
  IdxReader(std::span<const std::byte> bytes, std::string name, const IdxOptions& options = {});
  ~IdxReader();

  const IdxHeader& header() const { return header_; }
  const std::string& name() const { return name_; }

  /// Reads all elements, in the byte order of this machine; to be called once. `to` has header().payload_bytes bytes.
  /// Raises FileError if the data is cut short (have and need), damaged, or followed by more bytes.
  void read_payload(std::span<std::byte> to);

 private:
  void read_header(const IdxOptions& options);
  void check_length() const;

  std::string name_;
  std::unique_ptr<ByteSource> source_;
  IdxHeader header_;
};

struct IdxArray {
  DType dtype = DType::kUInt8;
  Dims dims;
  std::vector<std::byte> bytes;  // contiguous, in the byte order of this machine
};

/// A whole IDX file. Raises as IdxReader does.
IdxArray read_idx(const std::filesystem::path& path, const IdxOptions& options = {});
IdxArray read_idx(std::span<const std::byte> bytes, const std::string& name, const IdxOptions& options = {});

/// Raises FileError unless the reader holds images: uint8 [N, H, W]. Says so if it holds labels instead.
void expect_images(const IdxReader& reader);
/// Raises FileError unless the reader holds labels: uint8 [N]. Says so if it holds images instead.
void expect_labels(const IdxReader& reader);
/// Raises FileError unless both hold the same number of examples.
void expect_same_count(const IdxReader& images, const IdxReader& labels);
/// Raises FileError for the first label that is not below `classes`, with its index.
void check_labels(std::span<const std::uint8_t> labels, std::int64_t classes, const std::string& name);

struct LabelledImages {
  std::int64_t count = 0, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  // [count, height, width]
  std::vector<std::uint8_t> labels;  // [count], each below the number of classes
};

/// A pair of files as MNIST has them. Raises FileError as IdxReader and the checks above do.
LabelledImages read_labelled_images(const std::filesystem::path& images, const std::filesystem::path& labels,
                                    std::int64_t classes = 10, const IdxOptions& options = {});

}  // namespace lamella::io
