// What "mean", "sum" and "none" do.
#pragma once

#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// Raises ValueError for another word.
Tensor reduce_loss(const Tensor& loss, std::string_view reduction);

}  // namespace lamella
