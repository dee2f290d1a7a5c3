// Files of torch.save before torch 1.6, or with _use_new_zipfile_serialization=False. Private to io.
#pragma once

#include <lamella/io/checkpoint.h>

#include <cstddef>
#include <span>
#include <string>

namespace lamella::io {

bool begins_as_legacy_pt(std::span<const std::byte> bytes);
/// Raises FileError as load_pt does. The format has no checksums.
PyValue load_legacy_pt(std::span<const std::byte> bytes, const std::string& name);

}  // namespace lamella::io
