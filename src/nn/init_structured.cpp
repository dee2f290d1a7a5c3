// Initialisers that give a tensor a structure: the identity, orthonormal rows, zeros among the numbers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/nn/init.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/linear.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

namespace lamella::nn::init {

namespace {

void check_rank(const Tensor& tensor, std::string_view what, std::int64_t least, std::int64_t greatest,
                std::string_view ranks) {
  if (tensor.dim() >= least && tensor.dim() <= greatest) return;
  throw ValueError(fmt::format("{}: only tensors with {} dimensions are supported, got shape {}", what, ranks,
                               to_string(tensor.shape())));
}

/// Gram and Schmidt's process on the rows, twice for each, which makes it as exact as Householder's reflections. It is
/// the Q of the QR decomposition of the transpose whose R has a positive diagonal.
Tensor orthonormal_rows(const Tensor& matrix) {
  const Tensor q = matrix.to(DType::kFloat64).clone();
  for (std::int64_t j = 0; j < q.size(0); ++j) {
    const Tensor row = q.select(0, j);
    const Tensor done = q.narrow(0, 0, j);
    for (int pass = 0; pass < 2 && j > 0; ++pass) row.sub_(mv(done.t(), mv(done, row)));
    row.div_(norm(row).item<double>());
  }
  return q;
}

}  // namespace

const Tensor& eye_(const Tensor& tensor) {
  check_rank(tensor, "eye_", 2, 2, "2");
  const NoGradGuard no_grad;
  return tensor.copy_(eye(tensor.size(0), tensor.size(1), {.dtype = tensor.dtype()}));
}

const Tensor& dirac_(const Tensor& tensor, std::int64_t groups) {
  check_rank(tensor, "dirac_", 3, 5, "3, 4, or 5");
  if (groups < 1 || tensor.size(0) % groups != 0) {
    throw ValueError(fmt::format("dim 0 must be divisible by groups, got {} and {}", tensor.size(0), groups));
  }
  const NoGradGuard no_grad;
  tensor.zero_();
  Tensor centre = tensor;
  for (std::int64_t axis = tensor.dim() - 1; axis >= 2; --axis) centre = centre.select(axis, tensor.size(axis) / 2);
  const std::int64_t outputs = tensor.size(0) / groups;
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t channel = 0; channel < std::min(outputs, tensor.size(1)); ++channel) {
      centre.select(0, group * outputs + channel).select(0, channel).fill_(1);
    }
  }
  return tensor;
}

const Tensor& orthogonal_(const Tensor& tensor, double gain) {
  check_rank(tensor, "orthogonal_", 2, 64, "2 or more");
  if (tensor.numel() == 0) return tensor;
  const NoGradGuard no_grad;
  const std::int64_t rows = tensor.size(0);
  const std::int64_t columns = tensor.numel() / rows;
  const Tensor drawn = empty({rows, columns}, {.dtype = tensor.dtype()}).normal_();
  const Tensor q = rows < columns ? orthonormal_rows(drawn) : orthonormal_rows(drawn.t()).t();
  return tensor.copy_(q.to(tensor.dtype()).reshape(tensor.shape())).mul_(gain);
}

const Tensor& sparse_(const Tensor& tensor, double sparsity, double std) {
  check_rank(tensor, "sparse_", 2, 2, "2");
  const NoGradGuard no_grad;
  const std::int64_t rows = tensor.size(0);
  const auto zeros = static_cast<std::int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  tensor.normal_(0, std);
  for (std::int64_t column = 0; column < tensor.size(1); ++column) {
    index_fill_(tensor.select(1, column), 0, randperm(rows).narrow(0, 0, std::clamp<std::int64_t>(zeros, 0, rows)), 0);
  }
  return tensor;
}

}  // namespace lamella::nn::init
