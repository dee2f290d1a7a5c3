#include "optim/schedule_state.h"

#include <algorithm>

#include <fmt/format.h>

#include <lamella/error.h>
#include <lamella/ops/create.h>

namespace lamella::optim {

void put(nn::StateDict& state, const std::string& name, std::int64_t value) {
  state.set(name, full({}, value, {.dtype = DType::kInt64}));
}
void put(nn::StateDict& state, const std::string& name, double value) {
  state.set(name, full({}, value, {.dtype = DType::kFloat64}));
}
void put(nn::StateDict& state, const std::string& name, const std::vector<double>& values) {
  const Tensor tensor = empty({static_cast<std::int64_t>(values.size())}, {.dtype = DType::kFloat64});
  std::copy(values.begin(), values.end(), tensor.data<double>());
  state.set(name, tensor);
}

std::vector<double> take(const nn::StateDict& state, const std::string& name, std::size_t count) {
  const Tensor* value = state.find(name);
  if (value == nullptr)
    throw ValueError(fmt::format("load_state_dict: no {}; expected what this schedule's state_dict gave", name));
  if (value->numel() != static_cast<std::int64_t>(count)) {
    throw ValueError(fmt::format("load_state_dict: {} has {} elements, expected {}", name, value->numel(), count));
  }
  return value->detach().to(DType::kFloat64).to_vector<double>();
}

}  // namespace lamella::optim
