#include <cstdlib>

#include "fuzz_target.h"
#include "io/safetensors.h"

// What is accepted must come back unchanged after it was written.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lamella::io;
  return lamella::fuzz::accept_or_refuse(data, size, [](std::span<const std::byte> bytes) {
    const SafetensorsFile file(bytes, "input");
    if (file.find("__metadata__") != nullptr) std::abort();
    const std::vector<std::byte> written = encode_safetensors(file.tensors(), file.metadata());
    const SafetensorsFile again(written, "written");
    if (again.tensors().size() != file.tensors().size() || again.metadata() != file.metadata()) std::abort();
    if (encode_safetensors(again.tensors(), again.metadata()) != written) std::abort();
  });
}
