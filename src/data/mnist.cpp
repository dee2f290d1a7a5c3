// MNIST and Fashion-MNIST: where their files are, and what is known of them.
#include <lamella/data.h>
#include <lamella/error.h>
#include <lamella/ops/create.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <system_error>

#include "core/platform.h"
#include "io/idx.h"

namespace lamella::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDataVariable = "LAMELLA_DATA";

struct Known {
  std::string_view name;  // of the function
  std::string_view title;
  std::array<std::string_view, 2> subfolders;  // below a place; the second is torchvision's
  double mean, std;
  std::string_view how_to_get;
  std::array<std::string_view, 10> classes;
};

constexpr Known kFashionMnist = {
    "fashion_mnist",
    "Fashion-MNIST",
    {"fashion-mnist", "FashionMNIST/raw"},
    0.2860,
    0.3530,
    "get them with: apt-get install dataset-fashion-mnist",
    {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}};

constexpr Known kMnist = {"mnist",
                          "MNIST",
                          {"mnist", "MNIST/raw"},
                          0.1307,
                          0.3081,
                          "put MNIST's four files (train- and t10k-, images-idx3-ubyte and labels-idx1-ubyte) into one "
                          "folder and give it as .root or in the variable LAMELLA_DATA",
                          {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};

/// The folders to look in, in order.
std::vector<fs::path> places(const Known& known, const fs::path& root) {
  std::vector<fs::path> places;
  const auto add = [&](const fs::path& base) {
    for (const std::string_view subfolder : known.subfolders) places.push_back(base / subfolder);
    places.push_back(base);
  };
  if (!root.empty()) {
    add(root);
    return places;
  }
  if (const auto variable = platform::environment(kDataVariable); variable && !variable->empty()) add(*variable);
  for (const char* base : {"/usr/share/datasets", "/usr/local/share/datasets"}) {
    places.push_back(fs::path(base) / known.subfolders[0]);
  }
  return places;
}

/// "train-images-idx3-ubyte" in a folder, under any of the names that it goes by.
std::optional<fs::path> find_file(const fs::path& folder, const std::string& prefix, const std::string& kind) {
  for (const char* separator : {"-", "."}) {
    for (const char* suffix : {"", ".gz"}) {
      fs::path path = folder / (prefix + separator + kind + suffix);
      std::error_code ignored;
      if (fs::exists(path, ignored)) return path;
    }
  }
  return std::nullopt;
}

struct Files {
  fs::path images;
  fs::path labels;
};

Files find_files(const Known& known, std::string_view split, const fs::path& root) {
  if (split != "train" && split != "test") {
    throw ValueError(fmt::format("{}: there is no split \"{}\"; give \"train\" or \"test\"", known.name, split));
  }
  const std::string prefix = split == "train" ? "train" : "t10k";
  const std::vector<fs::path> folders = places(known, root);
  for (const fs::path& folder : folders) {
    const auto images = find_file(folder, prefix + "-images", "idx3-ubyte");
    const auto labels = find_file(folder, prefix + "-labels", "idx1-ubyte");
    if (images && labels) return {*images, *labels};
    if (images || labels) {
      throw FileError(fmt::format("{}: {} is there, but its {} ({}-{}-ubyte, with .gz or without) are not beside it",
                                  known.name, (images ? *images : *labels).string(), images ? "labels" : "images",
                                  prefix, images ? "labels-idx1" : "images-idx3"));
    }
  }
  std::vector<std::string> looked;
  for (const fs::path& folder : folders) looked.push_back(folder.string());
  throw FileError(fmt::format(
      "{}: no {}-images-idx3-ubyte (with .gz or without) in {}{}; {}", known.name, prefix, fmt::join(looked, ", "),
      root.empty() && !platform::environment(kDataVariable) ? fmt::format(" ({} is not set)", kDataVariable) : "",
      known.how_to_get));
}

ImageDataset read(const Known& known, std::string_view split, const fs::path& root) {
  const Files files = find_files(known, split, root);
  auto read = std::make_shared<io::LabelledImages>(
      io::read_labelled_images(files.images, files.labels, static_cast<std::int64_t>(known.classes.size())));
  if (read->count == 0 || read->height == 0 || read->width == 0) {
    throw FileError(fmt::format("{}: holds no images", files.images.string()));
  }
  const std::vector<std::int64_t> labels(read->labels.begin(), read->labels.end());
  const Tensor images = from_blob(read->pixels.data(), {read->count, 1, read->height, read->width}, DType::kUInt8, {},
                                  [read] { static_cast<void>(read); });
  return ImageDataset(images, tensor(labels),
                      {.classes = {known.classes.begin(), known.classes.end()},
                       .normalization = Normalization{{known.mean}, {known.std}},
                       .name = std::string(known.title)});
}

}  // namespace

ImageDataset fashion_mnist(std::string_view split, FilesOptions options) {
  return read(kFashionMnist, split, options.root);
}

ImageDataset mnist(std::string_view split, FilesOptions options) { return read(kMnist, split, options.root); }

}  // namespace lamella::data
