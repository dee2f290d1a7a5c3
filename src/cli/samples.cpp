// `lamella samples`: ten test pictures as PNG, to try things on.
#include <fmt/format.h>
#include <lamella/io.h>

#include <algorithm>
#include <cctype>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/dataset.h"
#include "cli/pictures.h"

namespace lamella::cli {
namespace {

constexpr std::size_t kSamples = 10;

/// "T-shirt/top" -> "t-shirt-top": a file's name on any system.
std::string file_stem(std::string name) {
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    c = std::isalnum(byte) ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return name;
}

/// The first picture of each class in turn, until there are ten.
std::vector<std::int64_t> sample_indices(const std::vector<std::int64_t>& labels) {
  std::vector<std::int64_t> indices;
  while (indices.size() < std::min(kSamples, labels.size())) {
    std::vector<std::int64_t> seen;  // classes of this round
    const std::size_t before = indices.size();
    for (std::size_t i = 0; i < labels.size() && indices.size() < kSamples; ++i) {
      const auto index = static_cast<std::int64_t>(i);
      if (std::ranges::count(seen, labels[i]) || std::ranges::count(indices, index)) continue;
      seen.push_back(labels[i]);
      indices.push_back(index);
    }
    std::sort(indices.begin() + static_cast<std::ptrdiff_t>(before), indices.end(),
              [&](std::int64_t a, std::int64_t b) {
                return labels[static_cast<std::size_t>(a)] < labels[static_cast<std::size_t>(b)];
              });
  }
  return indices;
}

}  // namespace

int run_samples(const SamplesOptions& options) {
  const data::ImageDataset test = read_dataset("test", options.data);
  const std::vector<std::int64_t> labels = test.labels().to_vector<std::int64_t>();
  make_folder(options.folder);
  std::string text;
  for (const std::int64_t index : sample_indices(labels)) {
    const auto label = static_cast<std::size_t>(labels[static_cast<std::size_t>(index)]);
    const auto path = options.folder / fmt::format("{:05}-{}.png", index, file_stem(test.classes()[label]));
    write_image(path, test.images()[index]);
    text += path.string() + "\n";
  }
  print(text);
  return 0;
}

}  // namespace lamella::cli
