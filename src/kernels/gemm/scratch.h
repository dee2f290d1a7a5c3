// Aligned working memory of a task: kept by the thread between calls while small, so that a training step allocates
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lamella::kernels {

/// `count` uninitialised elements on a 64-byte boundary for the life of the object. Scratches of one thread must die in
/// the reverse order of their birth, which scopes see to. Throws std::bad_alloc.
class ScratchBytes {
 public:
  explicit ScratchBytes(std::size_t bytes);
  ~ScratchBytes();
  ScratchBytes(const ScratchBytes&) = delete;
  ScratchBytes& operator=(const ScratchBytes&) = delete;
  void* data() const { return data_; }

 private:
  void* data_;
  bool cached_;
};

template <typename T>
class Scratch {
 public:
  explicit Scratch(std::int64_t count) : bytes_(static_cast<std::size_t>(count) * sizeof(T)) {}
  T* data() const { return static_cast<T*>(bytes_.data()); }

 private:
  ScratchBytes bytes_;
};

}  // namespace lamella::kernels
