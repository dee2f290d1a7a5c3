// Helpers of the tests of file formats: bytes, temporary folders, and what an error says.
#pragma once

#include <gtest/gtest.h>
#include <lamella/error.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::io {

using Bytes = std::vector<std::byte>;

inline Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

inline Bytes bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

template <typename Container>
void append(Bytes& to, const Container& more) {
  const auto view = std::as_bytes(std::span(more.data(), more.size()));
  to.insert(to.end(), view.begin(), view.end());
}

/// A folder of its own, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device random;
    path_ = std::filesystem::temp_directory_path() /
            ("lamella-io-test-" + std::to_string(random()) + std::to_string(random()));
    std::filesystem::create_directory(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::filesystem::path write(std::string_view name, const Bytes& content) const {
    std::ofstream(path_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return path_ / name;
  }
  std::size_t file_count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline Bytes file_content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return bytes(text);
}

/// The message of the E that `run` raises; fails the test if it raises none.
template <typename E, typename Run>
std::string error_of(Run&& run) {
  try {
    run();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was raised";
  return "";
}

/// Damages a valid file in many ways from one seed: bits, bytes, cuts, repeats. `read` must accept or raise FileError.
template <typename Read>
void expect_survives_damage(const Bytes& valid, Read&& read, int rounds = 2000) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  constexpr int kInteresting[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
  for (int round = 0; round < rounds; ++round) {
    Bytes file = valid;
    for (std::size_t edits = 1 + below(4); edits > 0 && !file.empty(); --edits) {
      const std::size_t at = below(file.size());
      switch (below(5)) {
        case 0:
          file[at] ^= std::byte(1U << below(8));
          break;
        case 1:
          file[at] = std::byte(kInteresting[below(6)]);
          break;
        case 2:
          file.resize(at);
          break;
        case 3:
          file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), file[below(file.size())]);
          break;
        default:
          file.erase(file.begin() + static_cast<std::ptrdiff_t>(at));
          break;
      }
    }
    try {
      read(file);
    } catch (const FileError&) {
    }
  }
}

}  // namespace lamella::io
