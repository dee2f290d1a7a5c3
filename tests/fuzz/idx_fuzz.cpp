#include "fuzz_target.h"
#include "io/idx.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return lamella::fuzz::accept_or_refuse(data, size, [](std::span<const std::byte> bytes) {
    lamella::io::read_idx(bytes, "input", {.max_bytes = 1 << 24});
  });
}
