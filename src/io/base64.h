// Base 64 (RFC 4648, with padding), for data URIs.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace lamella::io {

std::string base64(std::span<const std::byte> bytes);

}  // namespace lamella::io
