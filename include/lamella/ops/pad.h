// Padding of the last axes.
#pragma once

#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// `pad` holds pairs (before, after), the last axis first, as in torch: {left, right, top, bottom}. Negative numbers
/// crop (constant only). mode "constant" pads any axes with `value`; "reflect", "replicate" and "circular" pad the last
/// one to three axes of an input with one or two more. Raises where the padding does not fit, with the numbers.
Tensor pad(const Tensor& input, Dims padding, std::string_view mode = "constant", double value = 0);

}  // namespace lamella
