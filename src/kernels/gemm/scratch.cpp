#include "kernels/gemm/scratch.h"

#include <new>

namespace lamella::kernels {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kKeptBytes = std::size_t{1} << 20;  // a packed panel and a transposed block

void* allocate(std::size_t bytes) { return ::operator new(bytes, std::align_val_t{kAlignment}); }
void release(void* data) { ::operator delete(data, std::align_val_t{kAlignment}); }

struct KeptBlock {
  void* data = nullptr;
  std::size_t bytes = 0;
  bool taken = false;
  ~KeptBlock() { release(data); }
};
thread_local KeptBlock kept;

}  // namespace

ScratchBytes::ScratchBytes(std::size_t bytes) : data_(nullptr), cached_(false) {
  if (kept.taken || bytes > kKeptBytes) {
    data_ = allocate(bytes);
    return;
  }
  if (kept.bytes < bytes) {
    void* larger = allocate(bytes);
    release(kept.data);
    kept.data = larger;
    kept.bytes = bytes;
  }
  kept.taken = true;
  cached_ = true;
  data_ = kept.data;
}

ScratchBytes::~ScratchBytes() {
  if (cached_) {
    kept.taken = false;
  } else {
    release(data_);
  }
}

}  // namespace lamella::kernels
