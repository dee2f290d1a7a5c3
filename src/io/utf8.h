// Text in files.
#pragma once

#include <string_view>

namespace lamella::io {

/// Whether text is well-formed UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace lamella::io
