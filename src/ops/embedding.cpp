#include <lamella/ops/embedding.h>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

namespace lamella {

namespace {

/// How often each row is used.
Tensor uses(const Tensor& index, const Tensor& weight) {
  const Tensor once = full({}, 1, {.dtype = weight.dtype()}).expand({index.numel()});
  return index_add(zeros({weight.size(0)}, {.dtype = weight.dtype()}), 0, index.reshape({-1}), once);
}

/// The small number is PyTorch's, and keeps a row of zeros from a division by zero.
void shorten(const Tensor& weight, const Tensor& counts, double max_norm, double norm_type) {
  const NoGradGuard no_grad;
  const Tensor lengths = norm(weight, norm_type, {1});
  const Tensor is_long = logical_and(gt(counts, wrapped(0)), gt(lengths, wrapped(max_norm)));
  weight.mul_(where(is_long, max_norm / (lengths + 1e-7), ones_like(lengths)).unsqueeze(1));
}

}  // namespace

Tensor embedding(const Tensor& index, const Tensor& weight, const EmbeddingLookup& options) {
  if (weight.dim() != 2)
    throw Error(fmt::format("embedding: 'weight' must be 2-D, got shape {}", to_string(weight.shape())));
  const std::int64_t rows = weight.size(0);
  if (options.padding_idx && (*options.padding_idx < -rows || *options.padding_idx >= rows))
    throw Error(fmt::format("embedding: padding_idx must be within the {} rows of the table, got {}", rows,
                            *options.padding_idx));
  if (!options.max_norm && !options.scale_grad_by_freq) return embedding(index, weight, options.padding_idx);
  const Tensor counts = uses(index, weight);
  if (options.max_norm) shorten(weight, counts, *options.max_norm, options.norm_type);
  const Tensor result = embedding(index, weight, options.padding_idx);
  if (options.scale_grad_by_freq && result.requires_grad()) {
    const Tensor times = index_select(counts, 0, index.reshape({-1})).view(index.shape()).unsqueeze(-1);
    result.register_hook([times](const Tensor& gradient) { return gradient / times; });
  }
  return result;
}

}  // namespace lamella
