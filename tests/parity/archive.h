// What the parity program writes: one line of JSON a case (cases.jsonl), and the tensors' bytes beside it (data.bin).
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <lamella/tensor.h>

namespace lamella::parity {

/// A JSON object under construction. Keys are literals that need no escapes.
class Record {
 public:
  explicit Record(std::string_view kind) { text("kind", kind); }
  Record& text(std::string_view key, std::string_view value);
  Record& number(std::string_view key, double value);
  Record& numbers(std::string_view key, const std::vector<double>& values);
  Record& flag(std::string_view key, bool value) { return json(key, value ? "true" : "false"); }
  Record& json(std::string_view key, std::string_view value);
  std::string str() const { return "{" + body_ + "}"; }

 private:
  std::string body_;
};

class Archive {
 public:
  /// Makes the folder. Raises std::runtime_error if it cannot be written to.
  explicit Archive(const std::filesystem::path& folder);
  void write(const Record& record);
  /// The reference to a tensor's copy in data.bin, null for an undefined one: dtype, shape, strides, and the values in
  /// row-major order.
  std::string values(const Tensor& tensor);
  /// The same with the whole storage as it is, so that the reader has the very same view.
  std::string view(const Tensor& tensor);
  std::string values(const TensorList& list);
  std::string views(const TensorList& list);
  /// Raises std::runtime_error if a write failed.
  void finish();

 private:
  std::string store(const Tensor& geometry, std::int64_t offset, const Tensor& contiguous);
  std::ofstream cases_;
  std::ofstream data_;
  std::int64_t position_ = 0;
};

/// Gives the records of layers, which hold all of their numbers themselves, to `write`.
void write_modules(const std::function<void(const Record&)>& write);
void write_operators(Archive& archive);
void write_printing(Archive& archive);
void write_training(Archive& archive);

}  // namespace lamella::parity
