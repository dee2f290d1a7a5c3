#include <fmt/format.h>

#include "io/file_bytes.h"
#include "io/idx.h"

namespace lamella::io {
namespace {

bool holds_images(const IdxHeader& header) { return header.dtype == DType::kUInt8 && header.dims.size() == 3; }
bool holds_labels(const IdxHeader& header) { return header.dtype == DType::kUInt8 && header.dims.size() == 1; }

std::string held(const IdxHeader& header) {
  return fmt::format("it holds {} {}", name_of(header.dtype), to_string(header.dims));
}

}  // namespace

void expect_images(const IdxReader& reader) {
  if (holds_images(reader.header())) return;
  throw_file_error(reader.name(), holds_labels(reader.header())
                                      ? "holds labels where images were expected; are the two files swapped?"
                                      : fmt::format("images are uint8 [N, H, W], {}", held(reader.header())));
}

void expect_labels(const IdxReader& reader) {
  if (holds_labels(reader.header())) return;
  throw_file_error(reader.name(), holds_images(reader.header())
                                      ? "holds images where labels were expected; are the two files swapped?"
                                      : fmt::format("labels are uint8 [N], {}", held(reader.header())));
}

void expect_same_count(const IdxReader& images, const IdxReader& labels) {
  if (images.header().dims[0] == labels.header().dims[0]) return;
  throw_file_error(images.name(), fmt::format("holds {} images, but {} holds {} labels; are they of the same set?",
                                              images.header().dims[0], labels.name(), labels.header().dims[0]));
}

void check_labels(std::span<const std::uint8_t> labels, std::int64_t classes, const std::string& name) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= classes) {
      throw_file_error(name, fmt::format("label {} at index {} is out of range: there are {} classes, 0 to {}",
                                         labels[i], i, classes, classes - 1));
    }
  }
}

LabelledImages read_labelled_images(const std::filesystem::path& images, const std::filesystem::path& labels,
                                    std::int64_t classes, const IdxOptions& options) {
  IdxReader image_reader(images, options);
  expect_images(image_reader);
  IdxReader label_reader(labels, options);
  expect_labels(label_reader);
  expect_same_count(image_reader, label_reader);
  const Dims& dims = image_reader.header().dims;
  LabelledImages result{dims[0], dims[1], dims[2], {}, {}};
  // Labels first: they are small, and what is wrong with them shows before the images are unpacked.
  result.labels.resize(static_cast<std::size_t>(label_reader.header().payload_bytes));
  label_reader.read_payload(std::as_writable_bytes(std::span(result.labels)));
  check_labels(result.labels, classes, label_reader.name());
  result.pixels.resize(static_cast<std::size_t>(image_reader.header().payload_bytes));
  image_reader.read_payload(std::as_writable_bytes(std::span(result.pixels)));
  return result;
}

}  // namespace lamella::io
