// How layers take their numbers: one for all axes or one an axis, and options by name.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include <lamella/dims.h>
#include <lamella/ops/conv.h>

namespace lamella::nn {

/// As a stride: the window's own size.
inline constexpr std::int64_t kLikeKernel = std::numeric_limits<std::int64_t>::min();

/// An integer, but no bool: `Conv2d(1, 16, 3, true)` is a mistake.
template <typename T>
concept Whole = std::integral<T> && !std::same_as<T, bool>;

/// The first field of an option struct: it can be made by nobody, so that the others can only be given by name.
/// `Conv2d(1, 16, 3, {2, 2})` therefore means a stride, as in torch, and not two options.
struct ByName {
  explicit constexpr ByName() = default;
};

/// `3` for all axes, or one an axis: `{3, 5}`. A braced list of a wrong length does not compile.
template <int kRank>
class PerAxis {
 public:
  template <Whole T>
  constexpr PerAxis(T all) : single_(true) {
    values_.fill(static_cast<std::int64_t>(all));
  }
  constexpr PerAxis(std::int64_t h, std::int64_t w)
    requires(kRank == 2)
      : values_{h, w} {}
  constexpr PerAxis(std::int64_t d, std::int64_t h, std::int64_t w)
    requires(kRank == 3)
      : values_{d, h, w} {}
  /// Explicit, since a braced list of arguments would match it too. Layers that may take one list and nothing else have
  /// a constructor of an array, which C++ prefers to a copy of a layer that the list would make.
  template <Whole T, std::size_t kCount>
    requires(kCount == kRank)
  explicit constexpr PerAxis(const T (&each)[kCount]) {
    for (std::size_t i = 0; i < kCount; ++i) values_[i] = static_cast<std::int64_t>(each[i]);
  }
  /// A list whose length only the program's run knows. Raises ValueError unless it has 1 or kRank numbers.
  template <std::same_as<Dims> List>  // no braces, which would be as good a match as an option struct's
  PerAxis(const List& each) : PerAxis(checked(each)) {}

  std::int64_t operator[](int axis) const { return values_[static_cast<std::size_t>(axis)]; }
  Dims dims() const { return Dims(values_.begin(), values_.end()); }
  operator Dims() const { return dims(); }
  const std::int64_t* begin() const { return values_.data(); }
  const std::int64_t* end() const { return values_.data() + kRank; }
  /// Whether it was given as one number, which printing remembers.
  bool single() const { return single_; }
  friend bool operator==(const PerAxis& a, const PerAxis& b) { return a.values_ == b.values_; }

 private:
  static PerAxis checked(const Dims& each);
  std::array<std::int64_t, kRank> values_{};
  bool single_ = false;
};

extern template class PerAxis<1>;
extern template class PerAxis<2>;
extern template class PerAxis<3>;

/// A convolution layer's padding: a number, one an axis, "same" or "valid".
template <int kRank>
class LayerPadding {
 public:
  template <Whole T>
  LayerPadding(T all) : values_(all) {}
  LayerPadding(std::int64_t h, std::int64_t w)
    requires(kRank == 2)
      : values_(h, w) {}
  LayerPadding(std::int64_t d, std::int64_t h, std::int64_t w)
    requires(kRank == 3)
      : values_(d, h, w) {}
  template <std::same_as<Dims> List>
  LayerPadding(const List& each) : values_(each) {}
  /// Raises ValueError for a word that is neither "same" nor "valid".
  template <std::convertible_to<std::string_view> Word>
  LayerPadding(const Word& word) : values_(0), word_(checked(word)) {}

  /// "same", "valid", or "" where numbers were given.
  const std::string& word() const { return word_; }
  bool same() const { return word_ == "same"; }
  /// Zeros for a word.
  const PerAxis<kRank>& values() const { return values_; }
  operator Padding() const { return same() ? Padding("same") : Padding(values_.dims()); }

 private:
  static std::string checked(std::string_view word);
  PerAxis<kRank> values_;
  std::string word_;
};

extern template class LayerPadding<1>;
extern template class LayerPadding<2>;
extern template class LayerPadding<3>;

/// One number, or one an axis of an input whose rank is not known yet.
template <typename T>
using OneOrMany = PerAxisValues<T>;

}  // namespace lamella::nn
