#include <lamella/data.h>
#include <lamella/error.h>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numeric>

#include "core/tensor_impl.h"
#include "data/pixels.h"

namespace lamella::data {
namespace {

void check_normalization(const Normalization& normalization, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  if (normalization.mean.size() != count || normalization.std.size() != count) {
    throw ValueError(fmt::format("normalization has {} means and {} deviations, the pictures have {} channel{}",
                                 normalization.mean.size(), normalization.std.size(), channels,
                                 channels == 1 ? "" : "s"));
  }
  for (const double std : normalization.std) {
    if (!(std > 0)) throw ValueError(fmt::format("normalization has a std of {}, expected a number above 0", std));
  }
}

void check_shapes(const Tensor& images, const Tensor& labels) {
  if (images.dtype() != DType::kUInt8 || labels.dtype() != DType::kInt64) {
    throw TypeError(fmt::format("an ImageDataset takes uint8 pictures and int64 labels, got {} and {}",
                                name_of(images.dtype()), name_of(labels.dtype())));
  }
  if (images.dim() != 4 || labels.dim() != 1 || images.size(0) != labels.size(0)) {
    throw ValueError(fmt::format("an ImageDataset takes pictures [N, C, H, W] and labels [N], got {} and {}",
                                 to_string(images.shape()), to_string(labels.shape())));
  }
}

/// The elements of a contiguous tensor.
template <typename T>
std::span<const T> elements(const Physical& memory, const Tensor& tensor) {
  return {reinterpret_cast<const T*>(memory.data), static_cast<std::size_t>(tensor.numel())};
}

Tensor plain(const Tensor& tensor) {
  Tensor result = tensor.detach().contiguous();
  impl(result).storage->make_plain();
  return result;
}

void check_labels(const Tensor& labels, std::size_t classes) {
  const Physical memory = physical(labels);
  const auto values = elements<std::int64_t>(memory, labels);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] >= static_cast<std::int64_t>(classes)) {
      throw ValueError(fmt::format("label {} at index {} is out of range: there are {} classes, 0 to {}", values[i], i,
                                   classes, static_cast<std::int64_t>(classes) - 1));
    }
  }
}

}  // namespace

Tensor Normalization::operator()(const Tensor& images) const {
  if (images.dtype() != DType::kUInt8) {
    throw TypeError(fmt::format("normalization takes uint8 pictures, got {}", name_of(images.dtype())));
  }
  if (images.dim() != 3 && images.dim() != 4) {
    throw ValueError(
        fmt::format("normalization takes pictures [C, H, W] or [N, C, H, W], got {}", to_string(images.shape())));
  }
  const std::int64_t channels = images.size(-3);
  check_normalization(*this, channels);
  const Tensor source = plain(images);
  const Tensor result = allocate({source.shape(), {}, DType::kFloat32, {}}, PhysicalOrder::plain());
  std::vector<std::int64_t> all(static_cast<std::size_t>(images.dim() == 4 ? images.size(0) : 1));
  std::iota(all.begin(), all.end(), 0);
  const Physical from = physical(source);
  gather_pictures(reinterpret_cast<const std::uint8_t*>(from.data), all, channels, images.size(-2) * images.size(-1),
                  byte_table(*this), reinterpret_cast<float*>(physical_for_write(result).data));
  return result;
}

ImageDataset::ImageDataset(Tensor images, Tensor labels, ImageDatasetOptions options) : options_(std::move(options)) {
  check_shapes(images, labels);
  const auto channels = static_cast<std::size_t>(images.size(1));
  if (!options_.normalization) {
    options_.normalization = {std::vector<double>(channels, 0.0), std::vector<double>(channels, 1.0)};
  }
  check_normalization(normalization(), images.size(1));
  images_ = plain(images);
  labels_ = plain(labels);
  if (!options_.classes.empty()) check_labels(labels_, options_.classes.size());
  table_ = byte_table(normalization());
}

Batch ImageDataset::batch(std::span<const std::int64_t> indices) const {
  for (const std::int64_t index : indices) {
    if (index < 0 || index >= size()) {
      throw IndexError(fmt::format("index {} is out of range: the dataset has {} examples", index, size()));
    }
  }
  Dims shape = images_.shape();
  shape[0] = static_cast<std::int64_t>(indices.size());
  Batch batch{allocate({shape, {}, DType::kFloat32, {}}, PhysicalOrder::plain()),
              allocate({{shape[0]}, {}, DType::kInt64, {}}, PhysicalOrder::plain())};
  const Physical pictures = physical(images_), labels = physical(labels_);
  gather_pictures(reinterpret_cast<const std::uint8_t*>(pictures.data), indices, shape[1], shape[2] * shape[3], table_,
                  reinterpret_cast<float*>(physical_for_write(batch.images).data));
  const auto classes = elements<std::int64_t>(labels, labels_);
  auto* to = reinterpret_cast<std::int64_t*>(physical_for_write(batch.labels).data);
  for (const std::int64_t index : indices) *to++ = classes[static_cast<std::size_t>(index)];
  return batch;
}

Normalization ImageDataset::compute_normalization() const {
  const std::int64_t channels = images_.size(1), pixels = images_.size(2) * images_.size(3);
  const Physical memory = physical(images_);
  Normalization result;
  for (std::int64_t c = 0; c < channels; ++c) {
    // Counting each byte value keeps every sum a whole number, so that no rounding adds up over the pixels.
    std::array<std::uint64_t, 256> counts{};
    for (std::int64_t n = 0; n < size(); ++n) {
      const auto* const plane = reinterpret_cast<const std::uint8_t*>(memory.data) + (n * channels + c) * pixels;
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel) ++counts[plane[pixel]];
    }
    double sum = 0, squares = 0;
    for (std::size_t value = 0; value < 256; ++value) {
      sum += static_cast<double>(counts[value] * value);
      squares += static_cast<double>(counts[value] * value * value);
    }
    const double count = static_cast<double>(size() * pixels);
    const double mean = sum / count;
    result.mean.push_back(mean / 255);
    result.std.push_back(std::sqrt(std::max(0.0, squares / count - mean * mean)) / 255);
  }
  return result;
}

ImageDataset ImageDataset::first(std::int64_t n) const {
  if (n < 0) throw ValueError(fmt::format("the first {} examples: expected a number from 0", n));
  ImageDataset result = *this;
  const std::int64_t count = std::min(n, size());
  result.images_ = images_.narrow(0, 0, count);
  result.labels_ = labels_.narrow(0, 0, count);
  return result;
}

}  // namespace lamella::data
