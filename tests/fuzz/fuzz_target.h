// One fuzz target a reader of files: any bytes must be accepted or raise lamella::FileError. CMakeLists.txt here says
// how to build and run them.
#pragma once

#include <lamella/error.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lamella::fuzz {

/// Any other exception ends the run as a finding.
template <typename Read>
int accept_or_refuse(const std::uint8_t* data, std::size_t size, Read&& read) {
  try {
    read(std::as_bytes(std::span(data, size)));
  } catch (const FileError&) {
  }
  return 0;
}

}  // namespace lamella::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
