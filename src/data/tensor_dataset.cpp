#include <lamella/data.h>
#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/ops/index.h>

#include <fmt/format.h>

namespace lamella::data {

TensorDataset::TensorDataset(Tensor inputs, Tensor targets) : inputs_(std::move(inputs)), targets_(std::move(targets)) {
  if (inputs_.dim() == 0 || targets_.dim() == 0 || inputs_.size(0) != targets_.size(0)) {
    throw ValueError(fmt::format("a TensorDataset takes inputs [N, …] and targets [N, …], got {} and {}",
                                 to_string(inputs_.shape()), to_string(targets_.shape())));
  }
}

Batch TensorDataset::batch(std::span<const std::int64_t> indices) const {
  const Tensor rows = tensor(indices);
  return {index_select(inputs_, 0, rows), index_select(targets_, 0, rows)};
}

}  // namespace lamella::data
