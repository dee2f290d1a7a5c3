// Writing by indices beyond <lamella/ops/index.h>: with reductions, at flat places, and along a diagonal.
#pragma once

#include <string_view>

#include <lamella/tensor.h>

namespace lamella {

/// A copy of input in which each element is reduced with those of src that the index sends there: "sum", "prod", "mean"
/// (of integers rounded down), "amax" or "amin". Without `include_self` what stood there has no part in it. The
/// gradient of amax and amin is split between equals. Shapes and errors as for scatter.
Tensor scatter_reduce(const Tensor& input, std::int64_t axis, const Tensor& index, const Tensor& src,
                      std::string_view reduce, bool include_self = true);
const Tensor& scatter_reduce_(const Tensor& self, std::int64_t axis, const Tensor& index, const Tensor& src,
                              std::string_view reduce, bool include_self = true);

/// A copy of input with the elements of source at the places that the index has in the flattened input.
Tensor put(const Tensor& input, const Tensor& index, const Tensor& source, bool accumulate = false);
const Tensor& put_(const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate = false);

/// Writes a number to the main diagonal of a matrix, or of a tensor of equal extents; `wrap`: in a tall matrix the
/// diagonal begins anew after each square and a row.
const Tensor& fill_diagonal_(const Tensor& self, Scalar value, bool wrap = false);

}  // namespace lamella
