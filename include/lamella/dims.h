// Small inline vectors: shapes, strides and axes without a heap allocation up to six axes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace lamella {

/// A vector whose first kInline elements live in the object itself.
template <typename T, std::uint32_t kInline>
class SmallVector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  SmallVector() = default;
  SmallVector(std::initializer_list<T> values) { append(values.begin(), values.end()); }
  explicit SmallVector(std::size_t count, const T& value = T()) { resize(count, value); }
  SmallVector(std::span<const T> values) { append(values.begin(), values.end()); }
  template <std::input_iterator It>
  SmallVector(It first, It last) {
    append(first, last);
  }
  SmallVector(const SmallVector& other) {
    if (!copy_inline(other)) append(other.begin(), other.end());
  }
  SmallVector(SmallVector&& other) noexcept { take(other); }
  SmallVector& operator=(const SmallVector& other) {
    if (this != &other) {
      clear();
      if (heap_ != nullptr || !copy_inline(other)) append(other.begin(), other.end());
    }
    return *this;
  }
  SmallVector& operator=(SmallVector&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  ~SmallVector() { release(); }

  T* data() { return heap_ != nullptr ? heap_ : inline_data(); }
  const T* data() const { return heap_ != nullptr ? heap_ : inline_data(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  iterator begin() { return data(); }
  iterator end() { return data() + size_; }
  const_iterator begin() const { return data(); }
  const_iterator end() const { return data() + size_; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  T& front() { return data()[0]; }
  const T& front() const { return data()[0]; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  void push_back(T value) {
    reserve(size_ + 1);
    std::construct_at(data() + size_, std::move(value));
    ++size_;
  }
  void pop_back() {
    --size_;
    std::destroy_at(data() + size_);
  }
  void clear() {
    if constexpr (!std::is_trivially_destructible_v<T>) std::destroy_n(data(), size_);
    size_ = 0;
  }
  void resize(std::size_t count, const T& value = T()) {
    while (size_ > count) pop_back();
    reserve(count);
    for (T* const begin = data(); size_ < count; ++size_) std::construct_at(begin + size_, value);
  }
  void reserve(std::size_t count) {
    if (count <= capacity_) return;
    const std::uint32_t wanted = std::max<std::uint32_t>(static_cast<std::uint32_t>(count), 2 * capacity_);
    T* bigger = std::allocator<T>().allocate(wanted);
    std::uninitialized_move_n(data(), size_, bigger);
    std::destroy_n(data(), size_);
    if (heap_ != nullptr) std::allocator<T>().deallocate(heap_, capacity_);
    heap_ = bigger;
    capacity_ = wanted;
  }
  template <std::input_iterator It>
  void append(It first, It last) {
    if constexpr (std::random_access_iterator<It>) {
      const auto count = static_cast<std::uint32_t>(last - first);
      reserve(size_ + count);
      T* const end = data() + size_;
      for (std::uint32_t i = 0; i < count; ++i) std::construct_at(end + i, *(first + i));
      size_ += count;
    } else {
      for (; first != last; ++first) push_back(T(*first));
    }
  }
  iterator insert(const_iterator at, T value) {
    const auto index = at - begin();
    push_back(std::move(value));
    std::rotate(begin() + index, end() - 1, end());
    return begin() + index;
  }
  iterator erase(const_iterator at) {
    const auto index = at - begin();
    std::move(begin() + index + 1, end(), begin() + index);
    pop_back();
    return begin() + index;
  }

  operator std::span<const T>() const { return {data(), size_}; }
  friend bool operator==(const SmallVector& a, const SmallVector& b) {
    if (a.size_ != b.size_) return false;
    const T* const first = a.data();
    const T* const second = b.data();
    for (std::uint32_t i = 0; i < a.size_; ++i) {  // a few elements: a loop is faster than memcmp
      if (!(first[i] == second[i])) return false;
    }
    return true;
  }

 private:
  T* inline_data() { return reinterpret_cast<T*>(inline_); }
  const T* inline_data() const { return reinterpret_cast<const T*>(inline_); }
  void release() {
    clear();
    if (heap_ != nullptr) [[unlikely]] {
      std::allocator<T>().deallocate(heap_, capacity_);
      heap_ = nullptr;
      capacity_ = kInline;
    }
  }
  /// Takes over elements that are plain bytes in `other` itself, all the bytes at once whatever their number: a few
  /// vector moves without a loop or a branch. This one must be inline.
  bool copy_inline(const SmallVector& other) noexcept {
    if constexpr (std::is_trivially_copyable_v<T> && sizeof(inline_) <= 64) {
      if (other.heap_ != nullptr) return false;
      std::memcpy(inline_, other.inline_, sizeof(inline_));
      size_ = other.size_;
      return true;
    }
    return false;
  }
  void take(SmallVector& other) noexcept {
    if (other.heap_ != nullptr) {
      heap_ = std::exchange(other.heap_, nullptr);
      capacity_ = std::exchange(other.capacity_, kInline);
      size_ = std::exchange(other.size_, 0);
    } else if (copy_inline(other)) {
      other.size_ = 0;
    } else {
      std::uninitialized_move_n(other.data(), other.size_, inline_data());
      size_ = other.size_;
      other.clear();
    }
  }

  T* heap_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = kInline;
  alignas(T) std::byte inline_[sizeof(T) * kInline];
};

/// A shape, strides (in elements) or a list of axes.
using Dims = SmallVector<std::int64_t, 6>;

/// What an operator takes for each of its axes: one number for all of them, or one an axis. Empty: not given.
template <typename T>
class PerAxisValues {
 public:
  PerAxisValues() = default;
  template <typename Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
  PerAxisValues(Number all) : values_{static_cast<T>(all)} {}
  PerAxisValues(std::initializer_list<T> each) : values_(each) {}
  PerAxisValues(SmallVector<T, 6> each) : values_(std::move(each)) {}

  bool given() const { return !values_.empty(); }
  bool single() const { return values_.size() == 1; }
  const SmallVector<T, 6>& values() const { return values_; }
  /// One an axis for `rank` axes; a list of several as it stands.
  SmallVector<T, 6> expanded(std::int64_t rank) const {
    return single() ? SmallVector<T, 6>(static_cast<std::size_t>(rank), values_.front()) : values_;
  }

  std::size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  T operator[](std::size_t i) const { return values_[i]; }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  operator const SmallVector<T, 6>&() const { return values_; }
  friend bool operator==(const PerAxisValues&, const PerAxisValues&) = default;

 private:
  SmallVector<T, 6> values_;
};
using Extents = PerAxisValues<std::int64_t>;
using ScaleFactors = PerAxisValues<double>;

/// "[2, 3, 28, 28]", as PyTorch prints sizes.
std::string to_string(std::span<const std::int64_t> dims);
inline std::string to_string(const Dims& dims) { return to_string(std::span<const std::int64_t>(dims)); }

/// The product of the extents. Raises ValueError for a negative extent or a product beyond 2^63 - 1.
std::int64_t checked_numel(std::span<const std::int64_t> shape);

/// PyTorch's contiguous strides: the last axis has stride 1, an extent of 0 counts as 1.
Dims contiguous_strides(std::span<const std::int64_t> shape);

/// NHWC (or NDHWC) strides of a 4-D (5-D) shape. Raises ValueError for another rank.
Dims channels_last_strides(std::span<const std::int64_t> shape);

/// `axis` in [0, rank) from one in [-rank, rank). Raises IndexError with PyTorch's range in the text; rank 0 counts
/// as 1.
std::int64_t normalize_axis(std::int64_t axis, std::int64_t rank);

}  // namespace lamella
