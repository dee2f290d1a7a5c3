// Data: datasets in memory, and the loader that hands them out in batches.
//
//   auto train = data::fashion_mnist("train");
//   for (auto [images, labels] : data::Loader(train, {.batch_size = 64, .shuffle = true})) …
//
// Thread safety: datasets and loaders are read only, so several threads may read one; an iterator belongs to one.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamella/random.h>
#include <lamella/tensor.h>

namespace lamella::data {

struct Batch {
  Tensor images;  ///< [n, …]
  Tensor labels;  ///< [n, …]
};

/// Anything with a size that gives a batch for a list of indices in [0, size).
template <typename D>
concept Dataset = requires(const D& dataset, std::span<const std::int64_t> indices) {
  { dataset.size() } -> std::convertible_to<std::int64_t>;
  { dataset.batch(indices) } -> std::convertible_to<Batch>;
};

/// (x - mean) / std of each channel, for x in [0, 1].
struct Normalization {
  std::vector<double> mean;  ///< one a channel
  std::vector<double> std;

  /// uint8 [C, H, W] or [N, C, H, W] as float32: (x / 255 - mean) / std, rounded as torchvision's ToTensor and
  /// Normalize round. Raises TypeError for another dtype, ValueError for another number of channels.
  Tensor operator()(const Tensor& images) const;
};

struct ImageDatasetOptions {
  std::vector<std::string> classes = {};            ///< names, if there are any; then labels are checked
  std::optional<Normalization> normalization = {};  ///< default: none, pixels are in [0, 1]
  std::string name = "";
};

/// Pictures with their classes, all in memory. Copies share it.
class ImageDataset {
 public:
  /// Takes uint8 [N, C, H, W] and int64 [N]. Raises ValueError or TypeError for others, for mean and std that are not
  /// one a channel (std above 0), and for a label that has no class name.
  ImageDataset(Tensor images, Tensor labels, ImageDatasetOptions options = {});

  std::int64_t size() const { return images_.size(0); }
  /// The pictures as float32 [n, C, H, W], normalised, and their labels [n]. Raises IndexError. One pass over the
  /// pixels.
  Batch batch(std::span<const std::int64_t> indices) const;

  const Tensor& images() const { return images_; }
  const Tensor& labels() const { return labels_; }
  const std::vector<std::string>& classes() const { return options_.classes; }
  const std::string& name() const { return options_.name; }
  const Normalization& normalization() const { return *options_.normalization; }
  /// Pictures from elsewhere as this dataset's batches have them.
  Tensor normalize(const Tensor& images) const { return normalization()(images); }
  /// Mean and (population) standard deviation of all pixels in [0, 1], channel by channel; exact.
  Normalization compute_normalization() const;
  /// The first n examples; all if there are fewer.
  ImageDataset first(std::int64_t n) const;

 private:
  Tensor images_;
  Tensor labels_;
  ImageDatasetOptions options_;
  std::vector<float> table_;  // [C][256]: what a byte becomes
};

/// Inputs and targets whose first axes agree; a batch holds their rows, with gradients where they require them.
class TensorDataset {
 public:
  /// Raises ValueError unless both have one first axis of the same length.
  TensorDataset(Tensor inputs, Tensor targets);
  std::int64_t size() const { return inputs_.size(0); }
  /// Raises IndexError.
  Batch batch(std::span<const std::int64_t> indices) const;

 private:
  Tensor inputs_;
  Tensor targets_;
};

struct FilesOptions {
  /// The folder with the files. Default: the environment variable LAMELLA_DATA, then the system's datasets.
  std::filesystem::path root = {};
};

/// Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 60,000 "train" or 10,000 "test" pictures of clothes, 28x28, 10
/// classes; in Debian the package dataset-fashion-mnist. Four IDX files, gzipped or not. mean 0.2860 and std 0.3530 are
/// those of the training pictures (compute_normalization() of them).
///
/// Looks in `root` if given, else in $LAMELLA_DATA and in the system's datasets; in each of them also in the subfolders
/// fashion-mnist and FashionMNIST/raw (torchvision's). Raises ValueError for another split; FileError if no place has
/// the files (says all of them, and how to get the data) or if a file is damaged.
ImageDataset fashion_mnist(std::string_view split, FilesOptions options = {});

/// MNIST (LeCun, Cortes and Burges 1998): handwritten digits, in the same format; subfolders mnist and MNIST/raw. mean
/// 0.1307 and std 0.3081 are those of its training pictures.
ImageDataset mnist(std::string_view split, FilesOptions options = {});

/// In torch's order and with its defaults.
struct LoaderOptions {
  std::int64_t batch_size = 1;
  bool shuffle = false;
  bool drop_last = false;          ///< leaves out a last batch that is smaller
  Generator* generator = nullptr;  ///< of the order; default: default_generator(). Must outlive the loader.
};

/// Hands out a dataset in batches, each epoch in a new order if `shuffle`. Order and draws are
/// torch.utils.data.DataLoader's: with the same seed the batches are the same, and so is the generator's state after
/// each of them.
class Loader {
 public:
  /// Keeps the dataset (the ones here share their memory). Raises ValueError for a batch_size below 1, and for
  /// shuffling nothing.
  template <Dataset D>
  explicit Loader(D dataset, LoaderOptions options = {}) : Loader(source_of(std::move(dataset)), options) {}

  /// Batches an epoch.
  std::int64_t size() const;
  /// Examples in the dataset.
  std::int64_t examples() const { return source_.size; }
  const LoaderOptions& options() const { return options_; }

  class Iterator;
  /// Starts an epoch: draws its order.
  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  struct Source {
    std::int64_t size;
    std::function<Batch(std::span<const std::int64_t>)> batch;
  };
  template <typename D>
  static Source source_of(D dataset) {
    const auto kept = std::make_shared<const D>(std::move(dataset));
    return {static_cast<std::int64_t>(kept->size()),
            [kept](std::span<const std::int64_t> indices) -> Batch { return kept->batch(indices); }};
  }
  Loader(Source source, LoaderOptions options);

  Source source_;
  LoaderOptions options_;
};

/// One epoch. Holds one batch at a time; the loader must outlive it.
class Loader::Iterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  const Batch& operator*() const { return batch_; }
  const Batch* operator->() const { return &batch_; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.ended_; }

 private:
  friend class Loader;
  explicit Iterator(const Loader& loader);
  std::span<const std::int64_t> next_indices();

  const Loader* loader_;
  std::vector<std::int64_t> order_;
  std::int64_t next_ = 0;
  bool exhausted_ = false;
  bool ended_ = false;
  Batch batch_;
};

}  // namespace lamella::data
