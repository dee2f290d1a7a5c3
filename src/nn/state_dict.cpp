#include <lamella/nn/state_dict.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/autograd.h>

#include "nn/inspect.h"

namespace lamella::nn {

void StateDict::set(std::string name, Tensor tensor) {
  for (Item& item : items_) {
    if (item.first == name) {
      item.second = std::move(tensor);
      return;
    }
  }
  items_.emplace_back(std::move(name), std::move(tensor));
}

const Tensor* StateDict::find(std::string_view name) const {
  for (const Item& item : items_) {
    if (item.first == name) return &item.second;
  }
  return nullptr;
}

const Tensor& StateDict::operator[](std::string_view name) const {
  if (const Tensor* tensor = find(name)) return *tensor;
  throw IndexError(fmt::format("the state_dict has no \"{}\" among its {} names", name, size()));
}

bool StateDict::erase(std::string_view name) {
  return std::erase_if(items_, [name](const Item& item) { return item.first == name; }) != 0;
}

StateDict StateDict::without_prefix(std::string_view prefix) const {
  StateDict result = *this;
  for (Item& item : result.items_) {
    if (item.first.starts_with(prefix)) item.first.erase(0, prefix.size());
  }
  return result;
}

namespace {

struct Slot {
  std::string name;
  Tensor tensor;
  bool may_be_absent = false;
};

/// All names of a state_dict, with repetitions of shared modules and tensors, as in PyTorch.
void append_slots(const Module& module, const std::string& path, std::vector<Slot>& slots) {
  const Parts parts = parts_of(module);
  for (const ParameterMember& member : parts.parameters)
    slots.push_back({join_path(path, member.name), *member.parameter});
  for (const BufferMember& member : parts.buffers) {
    if (member.options.persistent)
      slots.push_back({join_path(path, member.name), *member.tensor, member.options.may_be_absent});
  }
  for (const ChildMember& child : parts.children) append_slots(*child.module, join_path(path, child.name), slots);
}

std::vector<Slot> slots_of(const Module& module, std::string_view prefix) {
  std::vector<Slot> slots;
  append_slots(module, std::string(prefix), slots);
  return slots;
}

/// A 0-d tensor was saved with one element by PyTorch before 0.4.
bool fits(const Tensor& saved, const Tensor& own) {
  return saved.shape() == own.shape() || (own.dim() == 0 && saved.dim() == 1 && saved.numel() == 1);
}

std::string quoted(const std::vector<std::string>& names) { return fmt::format("\"{}\"", fmt::join(names, "\", \"")); }

bool all_begin_with(const StateDict& state, std::string_view prefix) {
  return !state.empty() &&
         std::all_of(state.begin(), state.end(), [&](const auto& item) { return item.first.starts_with(prefix); });
}

/// What loading would do, found out before anything is written.
struct Plan {
  std::vector<std::pair<Tensor, Tensor>> copies;  ///< own, saved
  std::vector<std::string> mismatches;
  LoadReport report;
};

Plan plan_load(const std::vector<Slot>& slots, const StateDict& state) {
  Plan plan;
  std::unordered_map<std::string_view, const Tensor*> saved;
  for (const auto& [name, tensor] : state) saved[name] = &tensor;
  std::unordered_set<std::string_view> known;
  for (const Slot& slot : slots) {
    known.insert(slot.name);
    const auto it = saved.find(slot.name);
    if (it == saved.end()) {
      if (!slot.may_be_absent) plan.report.missing_keys.push_back(slot.name);
    } else if (!it->second->defined()) {
      plan.mismatches.push_back(fmt::format("\"{}\" is an undefined tensor in the state_dict", slot.name));
    } else if (!fits(*it->second, slot.tensor)) {
      plan.mismatches.push_back(fmt::format(
          "size mismatch for {}: copying a param with shape {} from checkpoint, the shape in current model is {}.",
          slot.name, to_string(it->second->shape()), to_string(slot.tensor.shape())));
    } else {
      plan.copies.emplace_back(slot.tensor, *it->second);
    }
  }
  for (const auto& [name, tensor] : state) {
    if (!known.contains(name)) plan.report.unexpected_keys.push_back(name);
  }
  return plan;
}

[[noreturn]] void throw_load_error(std::string_view type, const StateDict& state, const std::vector<Slot>& slots,
                                   const Plan& plan, bool strict) {
  std::string text = fmt::format("Error(s) in loading state_dict for {}:", type);
  const bool own_prefix =
      std::any_of(slots.begin(), slots.end(), [](const Slot& s) { return s.name.starts_with("module."); });
  if (strict && !own_prefix && all_begin_with(state, "module.")) {
    throw Error(text +
                " every name begins with \"module.\" (saved from DataParallel); load "
                "state_dict.without_prefix(\"module.\") instead");
  }
  if (strict && !plan.report.unexpected_keys.empty()) {
    text += fmt::format("\n\tUnexpected key(s) in state_dict: {}. ", quoted(plan.report.unexpected_keys));
  }
  if (strict && !plan.report.missing_keys.empty()) {
    text.insert(text.find(':') + 1,
                fmt::format("\n\tMissing key(s) in state_dict: {}. ", quoted(plan.report.missing_keys)));
  }
  for (const std::string& mismatch : plan.mismatches) text += "\n\t" + mismatch;
  throw Error(text);
}

}  // namespace

StateDict Module::state_dict(std::string_view prefix) const {
  std::vector<StateDict::Item> items;
  for (Slot& slot : slots_of(*this, prefix)) items.emplace_back(std::move(slot.name), slot.tensor.detach());
  return StateDict(std::move(items));
}

LoadReport Module::load_state_dict(const StateDict& state, LoadOptions options) {
  const std::vector<Slot> slots = slots_of(*this, "");
  Plan plan = plan_load(slots, state);
  const bool unmet = !plan.report.missing_keys.empty() || !plan.report.unexpected_keys.empty();
  if (!plan.mismatches.empty() || (options.strict && unmet)) {
    throw_load_error(type_name(), state, slots, plan, options.strict);
  }
  const NoGradGuard no_grad;
  for (const auto& [own, saved] : plan.copies)
    own.copy_(saved.dim() == own.dim() ? saved.detach() : saved.detach().reshape({}));
  return std::move(plan.report);
}

}  // namespace lamella::nn
