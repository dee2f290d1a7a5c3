#include <lamella/io/checkpoint.h>

#include <cstdlib>

#include "fuzz_target.h"

// What is accepted must be accepted again after it was written, and be the same file from then on.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lamella;
  return fuzz::accept_or_refuse(data, size, [](std::span<const std::byte> bytes) {
    const PyValue value = load_pt(bytes, "input", {.verify = false, .max_unpacked_bytes = 1 << 24});
    std::vector<std::byte> written;
    try {
      written = encode_pt(value);
    } catch (const ValueError&) {
      return;  // a number of more than 255 bytes
    }
    if (encode_pt(load_pt(written, "written")) != written) std::abort();
  });
}
