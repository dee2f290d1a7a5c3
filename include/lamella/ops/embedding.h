// Rows of a table with torch's further options. The plain form stands in <lamella/ops/index.h>.
#pragma once

#include <optional>

#include <lamella/ops/index.h>

namespace lamella {

struct EmbeddingLookup {
  std::optional<std::int64_t> padding_idx = {};  ///< the row that gets no gradient; negative: from the end
  std::optional<double> max_norm = {};           ///< rows in use that are longer are first scaled down to it, in place
  double norm_type = 2;                          ///< the p of that norm
  bool scale_grad_by_freq = false;               ///< a row's gradient is divided by how often the index has it
};
/// Raises Error for a padding_idx that is no row.
Tensor embedding(const Tensor& index, const Tensor& weight, const EmbeddingLookup& options);

}  // namespace lamella
