// Lists of a module's parts, and what is done to all of them.
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/autograd.h>

#include "nn/inspect.h"

namespace lamella::nn {

namespace {

/// Calls fn(path, parts) for the module and, with `recurse`, all below.
template <typename Fn>
void for_each_parts(const Module& root, std::string_view prefix, bool recurse, Fn&& fn) {
  if (!recurse) {
    fn(std::string(prefix), parts_of(root));
    return;
  }
  for_each_module(root, prefix, [&](const std::string& path, Module& module) { fn(path, parts_of(module)); });
}

std::vector<Tensor> without_names(std::vector<NamedTensor> named) {
  std::vector<Tensor> tensors;
  for (NamedTensor& item : named) tensors.push_back(std::move(item.second));
  return tensors;
}

template <typename List>
[[noreturn]] void throw_no_part(const Module& module, std::string_view kind, std::string_view wanted,
                                const List& names) {
  throw IndexError(fmt::format("{} has no {} \"{}\"; there {}: {}", module.type_name(), kind, wanted,
                               names.size() == 1 ? "is" : "are",
                               names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

}  // namespace

std::vector<NamedTensor> Module::named_parameters(std::string_view prefix, bool recurse) const {
  std::vector<NamedTensor> named;
  std::unordered_set<const TensorImpl*> seen;
  for_each_parts(*this, prefix, recurse, [&](const std::string& path, const Parts& parts) {
    for (const ParameterMember& member : parts.parameters) {
      if (seen.insert(member.parameter->impl()).second)
        named.emplace_back(join_path(path, member.name), *member.parameter);
    }
  });
  return named;
}

std::vector<NamedTensor> Module::named_buffers(std::string_view prefix, bool recurse) const {
  std::vector<NamedTensor> named;
  std::unordered_set<const TensorImpl*> seen;
  for_each_parts(*this, prefix, recurse, [&](const std::string& path, const Parts& parts) {
    for (const BufferMember& member : parts.buffers) {
      if (seen.insert(member.tensor->impl()).second) named.emplace_back(join_path(path, member.name), *member.tensor);
    }
  });
  return named;
}

std::vector<Tensor> Module::parameters(bool recurse) const { return without_names(named_parameters("", recurse)); }
std::vector<Tensor> Module::buffers(bool recurse) const { return without_names(named_buffers("", recurse)); }

std::vector<NamedModule> Module::named_children() {
  std::vector<NamedModule> named;
  std::unordered_set<const Module*> seen;
  for (const ChildMember& child : parts_of(*this).children) {
    if (seen.insert(child.module).second) named.push_back({std::string(child.name), child.module});
  }
  return named;
}

std::vector<NamedModule> Module::named_modules(std::string_view prefix) {
  std::vector<NamedModule> named;
  for_each_module(*this, prefix, [&](const std::string& path, Module& module) { named.push_back({path, &module}); });
  return named;
}

std::vector<Module*> Module::children() {
  std::vector<Module*> list;
  for (const NamedModule& child : named_children()) list.push_back(child.module);
  return list;
}

std::vector<Module*> Module::modules() {
  std::vector<Module*> list;
  for (const NamedModule& item : named_modules()) list.push_back(item.module);
  return list;
}

Module& Module::get_submodule(std::string_view path) {
  Module* module = this;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string_view name = path.substr(0, dot);
    std::vector<std::string_view> names;
    Module* next = nullptr;
    for (const ChildMember& child : parts_of(*module).children) {
      names.push_back(child.name);
      if (child.name == name) next = child.module;
    }
    if (next == nullptr) throw_no_part(*module, "module", name, names);
    module = next;
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return *module;
}

Tensor Module::get_parameter(std::string_view path) const {
  const std::size_t dot = path.rfind('.');
  const bool own = dot == std::string_view::npos;
  const Module& module = own ? *this : const_cast<Module*>(this)->get_submodule(path.substr(0, dot));
  const std::string_view name = own ? path : path.substr(dot + 1);
  std::vector<std::string_view> names;
  for (const ParameterMember& member : parts_of(module).parameters) {
    if (member.name == name) return *member.parameter;
    names.push_back(member.name);
  }
  throw_no_part(module, "parameter", name, names);
}

std::int64_t Module::parameter_count() const {
  std::int64_t count = 0;
  for (const Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

Module& Module::train(bool mode) {
  training_ = mode;
  for (Module* child : children()) child->train(mode);
  return *this;
}

Module& Module::apply(const std::function<void(Module&)>& fn) {
  for (Module* child : children()) child->apply(fn);
  fn(*this);
  return *this;
}

Module& Module::to(DType dtype) {
  if (!is_floating_point(dtype)) {
    throw TypeError(fmt::format("{}: to() takes a floating-point dtype, got {}", type_name(), name_of(dtype)));
  }
  const NoGradGuard no_grad;
  const auto convert = [dtype](const Tensor& tensor) {
    if (!tensor.is_floating_point() || tensor.dtype() == dtype) return;
    const Tensor gradient = tensor.grad();
    if (gradient.defined()) {
      tensor.set_grad_sink(Tensor());  // of the old dtype
      tensor.set_grad(Tensor());
    }
    set_data(tensor, tensor.detach().to(dtype));
    if (gradient.defined()) tensor.set_grad(gradient.detach().to(dtype));
  };
  for (const Tensor& parameter : parameters()) convert(parameter);
  for (const Tensor& buffer : buffers()) convert(buffer);
  return *this;
}

Module& Module::requires_grad_(bool value) {
  for (const Tensor& parameter : parameters()) parameter.requires_grad_(value);
  return *this;
}

void Module::zero_grad(bool set_to_none) {
  for (const Tensor& parameter : parameters()) {
    const Tensor gradient = parameter.grad();
    if (!gradient.defined()) continue;
    if (set_to_none) {
      parameter.set_grad(Tensor());
    } else {
      gradient.detach_();
      gradient.zero_();
    }
  }
}

}  // namespace lamella::nn
