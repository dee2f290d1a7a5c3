#include <lamella/nn/embedding.h>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/nn/init.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>

#include "nn/check.h"

namespace lamella::nn {

namespace {

Parameter empty_table(std::int64_t rows, std::int64_t columns) {
  check_at_least("Embedding", "num_embeddings", rows, 0);
  check_at_least("Embedding", "embedding_dim", columns, 0);
  return Parameter(empty({rows, columns}));
}

/// How often each row is used, in the table's dtype.
Tensor counts_of(const Tensor& input, const Tensor& weight) {
  const Tensor indices = flatten(input);
  return index_add(zeros({weight.size(0)}, {.dtype = weight.dtype()}), 0, indices,
                   ones(indices.shape(), {.dtype = weight.dtype()}));
}

}  // namespace

Embedding::Embedding(Parameter table, const EmbeddingOptions& options)
    : num_embeddings(table.size(0)),
      embedding_dim(table.size(1)),
      padding_idx(options.padding_idx),
      max_norm(options.max_norm),
      norm_type(options.norm_type),
      scale_grad_by_freq(options.scale_grad_by_freq),
      weight(std::move(table)) {
  if (!padding_idx) return;
  if (*padding_idx < -num_embeddings || *padding_idx >= num_embeddings) {
    throw ValueError(
        fmt::format("Embedding: padding_idx must be within num_embeddings={}, got {}", num_embeddings, *padding_idx));
  }
  if (*padding_idx < 0) *padding_idx += num_embeddings;
}

Embedding::Embedding(std::int64_t rows, std::int64_t columns, EmbeddingOptions options)
    : Embedding(empty_table(rows, columns), options) {
  reset_parameters();
}

Embedding Embedding::from_pretrained(const Tensor& embeddings, bool freeze, EmbeddingOptions options) {
  if (embeddings.dim() != 2) {
    throw ValueError(fmt::format("Embedding: the embeddings must have two axes, got shape {}",
                                 lamella::to_string(embeddings.shape())));
  }
  return Embedding(Parameter(embeddings, !freeze), options);
}

void Embedding::reset_parameters() {
  init::normal_(weight);
  if (padding_idx) init::zeros_(weight.detach().select(0, *padding_idx));
}

void Embedding::shorten(const Tensor& counts) const {
  const NoGradGuard no_grad;
  const Tensor lengths = norm(weight, norm_type, {1});
  const Tensor is_long = logical_and(gt(counts, wrapped(0.0)), gt(lengths, wrapped(*max_norm)));
  const Tensor scale = where(is_long, *max_norm / (lengths + 1e-7), ones_like(lengths));
  weight.mul_(unsqueeze(scale, 1));
}

Tensor Embedding::forward(const Tensor& input) {
  Tensor counts;
  if (max_norm || scale_grad_by_freq) counts = counts_of(input, weight);
  if (max_norm) shorten(counts);
  const Tensor rows = embedding(input, weight, padding_idx);
  if (scale_grad_by_freq && rows.requires_grad()) {
    const Tensor used = embedding(input, unsqueeze(counts, 1));
    rows.register_hook([used](const Tensor& gradient) { return gradient / used; });
  }
  return rows;
}

std::string Embedding::extra_repr() const {
  std::string text = fmt::format("{}, {}", num_embeddings, embedding_dim);
  if (padding_idx) text += fmt::format(", padding_idx={}", *padding_idx);
  if (max_norm) text += ", max_norm=" + python_number(*max_norm);
  if (norm_type != 2) text += ", norm_type=" + python_number(norm_type);
  if (scale_grad_by_freq) text += ", scale_grad_by_freq=True";
  return text;
}

}  // namespace lamella::nn
