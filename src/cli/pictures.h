// Between the pictures of files (io::Image), of the presentation (Pixels, NumberGrid) and of the network (Tensor).
#pragma once

#include <lamella/tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/present/number_grid.h"
#include "cli/present/pixels.h"
#include "io/image.h"

namespace lamella::cli {

Pixels to_pixels(const io::Image& image);
io::Image to_image(const Pixels& pixels);

/// [H, W] uint8 of a grey picture, or of a plane.
Pixels grey_pixels(const Tensor& plane);

/// The [H, W] planes of a [C, H, W] tensor; a [C] tensor (a layer behind the flattening) as one row of C numbers.
std::vector<NumberGrid> planes_of(const Tensor& maps);

/// Makes `folder` and the folders above it. Raises FileError, with the system's reason, if that cannot be.
void make_folder(const std::filesystem::path& folder);

}  // namespace lamella::cli
