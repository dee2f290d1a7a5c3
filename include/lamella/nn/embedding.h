// Tables of vectors, looked up by index.
#pragma once

#include <optional>
#include <string>

#include <lamella/nn/arguments.h>
#include <lamella/nn/module.h>

namespace lamella::nn {

/// In torch's argument order; given by name.
struct EmbeddingOptions {
  ByName by_name = ByName();
  std::optional<std::int64_t> padding_idx =
      {};                               ///< a row that starts at zero and gets no gradient; negative: from the end
  std::optional<double> max_norm = {};  ///< used rows that are longer are first scaled down to it, in place
  double norm_type = 2.0;               ///< by which length is measured
  bool scale_grad_by_freq = false;      ///< divides a row's gradient by how often the call used it
};

/// Rows of a table: [*] of indices (int64 or int32) to [*, embedding_dim].
///
/// Attributes: weight [num_embeddings, embedding_dim], standard normal. Errors: ValueError for a padding_idx out of
/// range; IndexError for an index out of range.
class Embedding : public Layer<Embedding> {
 public:
  Embedding(std::int64_t num_embeddings, std::int64_t embedding_dim, EmbeddingOptions options = {});
  /// Of a given table [rows, columns], which is not trained unless `freeze` is false.
  static Embedding from_pretrained(const Tensor& embeddings, bool freeze = true, EmbeddingOptions options = {});

  Tensor forward(const Tensor& input) override;
  void members(Members& m) override { m("weight", weight); }
  std::string extra_repr() const override;
  void reset_parameters();

  std::int64_t num_embeddings;
  std::int64_t embedding_dim;
  std::optional<std::int64_t> padding_idx;
  std::optional<double> max_norm;
  double norm_type;
  bool scale_grad_by_freq;
  Parameter weight;

 private:
  Embedding(Parameter table, const EmbeddingOptions& options);
  void shorten(const Tensor& counts) const;
};

}  // namespace lamella::nn
