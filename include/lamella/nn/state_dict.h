// StateDict: a model's parameters and buffers by name, in order.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamella/tensor.h>

namespace lamella::nn {

/// An ordered list of (name, tensor), names as PyTorch gives them ("features.0.weight"). Converts from and to the plain
/// vector of pairs that files are read into and written from.
class StateDict {
 public:
  using Item = std::pair<std::string, Tensor>;

  StateDict() = default;
  StateDict(std::vector<Item> items) : items_(std::move(items)) {}
  StateDict(std::initializer_list<Item> items) : items_(items) {}

  /// Appends, or replaces the tensor of a name that is there.
  void set(std::string name, Tensor tensor);
  /// Null if there is none.
  const Tensor* find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Raises IndexError for a name that is not there.
  const Tensor& operator[](std::string_view name) const;
  bool erase(std::string_view name);
  /// With `prefix` taken from every name that begins with it.
  StateDict without_prefix(std::string_view prefix) const;

  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  const std::vector<Item>& items() const { return items_; }
  operator const std::vector<Item>&() const { return items_; }

 private:
  std::vector<Item> items_;
};

struct LoadOptions {
  bool strict = true;  ///< missing and unexpected names are errors
};

/// What did not meet; both empty after a strict load.
struct LoadReport {
  std::vector<std::string> missing_keys;
  std::vector<std::string> unexpected_keys;
};

}  // namespace lamella::nn
