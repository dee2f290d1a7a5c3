// The one number of EXIF that changes a picture: how the camera was held.
#pragma once

#include <cstddef>
#include <span>

#include "io/image.h"

namespace lamella::io {

/// The orientation, 1 to 8, in a JPEG's APP1 segment (tag 0x0112 of IFD0; EXIF 2.3, section 4.6.4). `segment` begins
/// with "Exif\0\0". Whatever is malformed counts as 1: the picture as it is stored.
int exif_orientation(std::span<const std::byte> segment);

/// The picture as it is to be seen: turned and mirrored as an orientation of 1 to 8 says.
Image oriented(Image image, int orientation);

}  // namespace lamella::io
