// An optimiser's state as named tensors: PyTorch's nested dictionaries with their levels joined by dots.
#include <charconv>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/create.h>
#include <lamella/optim/optimizer.h>

namespace lamella::optim {

namespace {

std::string group_key(std::size_t group, std::string_view name) {
  return fmt::format("param_groups.{}.{}", group, name);
}
std::string state_key(std::int64_t parameter, std::string_view name) {
  return fmt::format("state.{}.{}", parameter, name);
}

Tensor numbers(std::initializer_list<double> values) {
  const Tensor tensor = empty({static_cast<std::int64_t>(values.size())}, {.dtype = DType::kFloat64});
  std::copy(values.begin(), values.end(), tensor.data<double>());
  return tensor;
}

/// The values of an option's tensor. Raises ValueError for another number of them.
std::vector<double> read(const std::string& key, const Tensor& tensor, std::size_t count) {
  if (tensor.numel() != static_cast<std::int64_t>(count)) {
    throw ValueError(
        fmt::format("load_state_dict: {} has shape {}, expected {} numbers", key, to_string(tensor.shape()), count));
  }
  return tensor.detach().to(DType::kFloat64).to_vector<double>();
}

/// How many groups a state dict has: the numbers after "param_groups." from 0 on.
std::size_t groups_in(const nn::StateDict& state) {
  std::size_t groups = 0;
  constexpr std::string_view kPrefix = "param_groups.";
  for (const auto& [name, tensor] : state) {
    if (!name.starts_with(kPrefix)) continue;
    std::size_t group = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), group);
    groups = std::max(groups, group + 1);
  }
  return groups;
}

}  // namespace

nn::StateDict Optimizer::state_dict() const {
  nn::StateDict state;
  std::int64_t index = 0;
  for (const Group& group : groups_) {
    for (const State& s : group.states) {
      if (counts_steps_ && s.slots[0].defined())
        state.set(state_key(index, "step"), full({}, static_cast<double>(s.step), {.dtype = DType::kFloat32}));
      for (std::size_t slot = 0; slot < slot_names_.size(); ++slot) {
        if (s.slots[slot].defined()) state.set(state_key(index, slot_names_[slot]), s.slots[slot]);
      }
      ++index;
    }
  }
  std::int64_t first = 0;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    for (const Option& o : const_cast<Optimizer*>(this)->options_of(g)) {
      Tensor value;
      if (o.flag != nullptr) {
        value = full({}, Scalar(*o.flag), {.dtype = DType::kBool});
      } else {
        value = o.second != nullptr ? numbers({*o.number, *o.second}) : full({}, *o.number, {.dtype = DType::kFloat64});
      }
      state.set(group_key(g, o.name), value);
    }
    if (groups_[g].initial_lr)
      state.set(group_key(g, "initial_lr"), full({}, *groups_[g].initial_lr, {.dtype = DType::kFloat64}));
    const auto size = static_cast<std::int64_t>(groups_[g].parameters.size());
    state.set(group_key(g, "params"), arange(first, first + size));
    first += size;
  }
  return state;
}

void Optimizer::load_state_dict(const nn::StateDict& state) {
  const NoGradGuard guard;
  if (const std::size_t given = groups_in(state); given != groups_.size()) {
    throw ValueError(fmt::format("loaded state dict has a different number of parameter groups: {}, this optimizer {}",
                                 given, groups_.size()));
  }
  for (const bool check_only : {true, false}) {
    std::int64_t first = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      load_group(g, first, state, check_only);
      first += static_cast<std::int64_t>(groups_[g].parameters.size());
    }
  }
}

void Optimizer::load_group(std::size_t g, std::int64_t first, const nn::StateDict& state, bool check_only) {
  Group& group = groups_[g];
  const Tensor* params = state.find(group_key(g, "params"));
  if (params == nullptr || params->numel() != static_cast<std::int64_t>(group.parameters.size())) {
    throw ValueError(
        fmt::format("loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    "group {} has {} parameters in the state dict, {} in the optimizer",
                    g, params == nullptr ? 0 : params->numel(), group.parameters.size()));
  }
  for (const Option& o : options_of(g)) {
    const std::string key = group_key(g, o.name);
    const Tensor* value = state.find(key);
    if (value == nullptr) continue;
    const std::vector<double> values = read(key, *value, o.second != nullptr ? 2 : 1);
    if (check_only) continue;
    if (o.flag != nullptr) *o.flag = values[0] != 0;
    if (o.number != nullptr) *o.number = values[0];
    if (o.second != nullptr) *o.second = values[1];
  }
  if (const Tensor* value = state.find(group_key(g, "initial_lr")); value != nullptr) {
    const std::vector<double> values = read(group_key(g, "initial_lr"), *value, 1);
    if (!check_only) group.initial_lr = values[0];
  }
  for (std::size_t i = 0; i < group.parameters.size(); ++i) {
    const Tensor& parameter = group.parameters[i];
    const std::int64_t index = first + static_cast<std::int64_t>(i);
    State loaded;
    if (const Tensor* step = state.find(state_key(index, "step")); step != nullptr)
      loaded.step = static_cast<std::int64_t>(read(state_key(index, "step"), *step, 1)[0]);
    for (std::size_t slot = 0; slot < slot_names_.size(); ++slot) {
      const Tensor* value = state.find(state_key(index, slot_names_[slot]));
      if (value == nullptr) continue;
      if (value->shape() != parameter.shape()) {
        throw ValueError(fmt::format("load_state_dict: {} has shape {}, its parameter {}",
                                     state_key(index, slot_names_[slot]), to_string(value->shape()),
                                     to_string(parameter.shape())));
      }
      if (!check_only) loaded.slots[slot] = empty_like(parameter).copy_(value->detach());
    }
    if (!check_only) group.states[i] = std::move(loaded);
  }
}

}  // namespace lamella::optim
