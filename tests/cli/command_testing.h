// Runs the built command as a user's shell does, in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace lamella::cli {

namespace fs = std::filesystem;

inline std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write_text(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct CommandResult {
  int code = -1;
  std::string out, err;
};

/// A folder that is there for one test.
class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    std::string name = (fs::temp_directory_path() / "lamella-cli-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~CommandTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  fs::path in(const std::string& name) const { return folder_ / name; }

  /// `lamella <arguments>` in the folder; `arguments` is shell text, `environment` assignments before the command.
  CommandResult lamella(const std::string& arguments, const std::string& environment = "") const {
    const std::string command = "cd '" + folder_.string() + "' && env -u NO_COLOR -u COLORTERM -u LAMELLA_DATA " +
                                environment + " " LAMELLA_COMMAND " " + arguments + " >.out 2>.err </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(in(".out")), read_text(in(".err"))};
  }

  /// Expects exit code `code` and exactly one line on standard error, which has all of `parts`.
  void expect_failure(const std::string& arguments, int code, const std::vector<std::string>& parts) const {
    const CommandResult result = lamella(arguments);
    EXPECT_EQ(result.code, code) << arguments << "\n" << result.err;
    EXPECT_TRUE(result.err.starts_with("lamella: ")) << result.err;
    EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
    for (const std::string& part : parts) EXPECT_TRUE(contains(result.err, part)) << part << "\n" << result.err;
  }

 private:
  fs::path folder_;
};

/// A data set in MNIST's files: class k is a bright bar at a height of its own, over noise.
struct SmallData {
  std::int64_t train = 192, test = 60;
  int classes = 10;
  int side = 28;

  static std::string big_endian(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
  }

  std::string images(std::int64_t count) const {
    std::string bytes = big_endian(0x803) + big_endian(static_cast<std::uint32_t>(count)) +
                        big_endian(static_cast<std::uint32_t>(side)) + big_endian(static_cast<std::uint32_t>(side));
    std::uint32_t noise = 1;
    for (std::int64_t i = 0; i < count; ++i) {
      for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
          noise = noise * 1664525 + 1013904223;
          const bool bar = (y - 4) / 2 == i % classes && x > 3 && x < side - 4;
          bytes += static_cast<char>((bar ? 200 : 0) + (noise >> 27));
        }
      }
    }
    return bytes;
  }

  std::string labels(std::int64_t count) const {
    std::string bytes = big_endian(0x801) + big_endian(static_cast<std::uint32_t>(count));
    for (std::int64_t i = 0; i < count; ++i) bytes += static_cast<char>(i % classes);
    return bytes;
  }

  void write(const fs::path& folder) const {
    fs::create_directories(folder);
    write_text(folder / "train-images-idx3-ubyte", images(train));
    write_text(folder / "train-labels-idx1-ubyte", labels(train));
    write_text(folder / "t10k-images-idx3-ubyte", images(test));
    write_text(folder / "t10k-labels-idx1-ubyte", labels(test));
  }
};

}  // namespace lamella::cli
