#include "fuzz_target.h"
#include "io/image.h"

// The first byte chooses whether damaged JPEG data is to be mended, the rest is the file.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  return lamella::fuzz::accept_or_refuse(data + 1, size - 1, [&](std::span<const std::byte> bytes) {
    const lamella::io::ImageOptions options{
        .max_pixels = 1 << 18, .accept_damaged = (data[0] & 1) != 0, .max_scans = 20};
    lamella::io::decode_image(bytes, "input", options);
  });
}
