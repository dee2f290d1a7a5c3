#include <lamella/nn/container.h>

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nn/type_name.h"

namespace lamella::nn {

void AnyModule::check() const {
  if (!module_) throw ValueError("a null pointer is no module");
}

// What the type knows how to copy is copied, so that the two containers are independent lists over shared parameters.
ModuleContainer::ModuleContainer(const ModuleContainer& other) : Module(other) {
  std::unordered_map<const Module*, AnyModule> copies;
  for (const NamedAnyModule& item : other.items_) {
    auto it = copies.find(&*item.module);
    if (it == copies.end()) it = copies.emplace(&*item.module, item.module.copy()).first;
    items_.push_back({item.name, it->second});
  }
}

ModuleContainer& ModuleContainer::operator=(const ModuleContainer& other) {
  if (this != &other) *this = ModuleContainer(other);
  return *this;
}

void ModuleContainer::push_back(AnyModule module) { push_back(std::to_string(items_.size()), std::move(module)); }

void ModuleContainer::push_back(std::string name, AnyModule module) {
  if (name.empty() || name.find('.') != std::string::npos) {
    throw ValueError(fmt::format("\"{}\" cannot be a module's name: it must not be empty or contain a dot", name));
  }
  for (const NamedAnyModule& item : items_) {
    if (item.name == name) throw ValueError(fmt::format("there is a module \"{}\" already", name));
  }
  items_.push_back({std::move(name), std::move(module)});
}

std::size_t ModuleContainer::position(std::int64_t index) const {
  const auto count = static_cast<std::int64_t>(items_.size());
  if (index < -count || index >= count) {
    throw IndexError(fmt::format("index {} is out of range: the {} has {} modules", index, type_name(), count));
  }
  return static_cast<std::size_t>(index < 0 ? index + count : index);
}

Module& ModuleContainer::at_position(std::int64_t index) const { return *items_[position(index)].module; }

std::int64_t ModuleContainer::position(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const NamedAnyModule& item : items_) {
    if (item.name == name) return static_cast<std::int64_t>(names.size());
    names.push_back(item.name);
  }
  throw IndexError(fmt::format("{} has no module \"{}\"; there are: {}", type_name(), name, fmt::join(names, ", ")));
}

Module& ModuleContainer::operator[](std::string_view name) const { return at_position(position(name)); }

bool ModuleContainer::contains(std::string_view name) const {
  return std::any_of(items_.begin(), items_.end(), [name](const NamedAnyModule& item) { return item.name == name; });
}

void ModuleContainer::replace(std::int64_t index, AnyModule module) {
  items_[position(index)].module = std::move(module);
}

void ModuleContainer::members(Members& m) {
  for (NamedAnyModule& item : items_) m(item.name, *item.module);
}

void ModuleContainer::throw_type(std::int64_t index, const Module& module, const std::type_info& wanted) const {
  throw TypeError(fmt::format("module {} of the {} is a {}, not a {}", index, type_name(), module.type_name(),
                              type_name_of(wanted)));
}

Sequential::Sequential(std::initializer_list<NamedAnyModule> modules) {
  for (const NamedAnyModule& item : modules) push_back(item.name, item.module);
}

Sequential::Sequential(std::vector<std::unique_ptr<Module>> modules) {
  for (auto& module : modules) push_back(AnyModule(std::move(module)));
}

Tensor Sequential::forward(const Tensor& input) {
  Tensor value = input;
  for (const NamedAnyModule& item : items_) value = (*item.module)(value);
  return value;
}

ModuleList::ModuleList(std::initializer_list<AnyModule> modules) {
  for (const AnyModule& module : modules) push_back(module);
}

ModuleList::ModuleList(std::vector<std::unique_ptr<Module>> modules) {
  for (auto& module : modules) push_back(AnyModule(std::move(module)));
}

ModuleDict::ModuleDict(std::initializer_list<NamedAnyModule> modules) {
  for (const NamedAnyModule& item : modules) push_back(item.name, item.module);
}

void ModuleDict::set(std::string name, AnyModule module) {
  for (NamedAnyModule& item : items_) {
    if (item.name != name) continue;
    item.module = std::move(module);
    return;
  }
  push_back(std::move(name), std::move(module));
}

bool ModuleDict::erase(std::string_view name) {
  return std::erase_if(items_, [name](const NamedAnyModule& item) { return item.name == name; }) != 0;
}

}  // namespace lamella::nn
