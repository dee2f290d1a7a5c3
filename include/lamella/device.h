// Where a tensor's memory lives. Today the CPU is the only place.
#pragma once

#include <cstdint>

namespace lamella {

enum class DeviceType : std::uint8_t { kCpu };

struct Device {
  DeviceType type = DeviceType::kCpu;
  std::int8_t index = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

}  // namespace lamella
