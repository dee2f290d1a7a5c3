#include "kernels/conv/scratch.h"

namespace lamella::kernels {
namespace {

constexpr std::align_val_t kAlignment{64};

class Block {
 public:
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() { release(); }

  void* at_least(std::size_t bytes) {
    if (bytes > capacity_) {
      release();
      const std::size_t rounded = (bytes + bytes / 8 + 4095) / 4096 * 4096;  // shapes that creep up regrow seldom
      data_ = ::operator new(rounded, kAlignment);
      capacity_ = rounded;
    }
    return data_;
  }

 private:
  void release() {
    ::operator delete(data_, kAlignment);
    data_ = nullptr;
    capacity_ = 0;
  }

  void* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace

void* scratch(ScratchSlot slot, std::size_t bytes) {
  static thread_local Block blocks[2];
  return blocks[static_cast<int>(slot)].at_least(bytes);
}

}  // namespace lamella::kernels
