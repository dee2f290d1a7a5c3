// Modules that hold modules: Sequential, ModuleList and ModuleDict.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lamella/nn/module.h>

namespace lamella::nn {

/// A module of any type, made from one by value (which it takes over) or from a pointer.
class AnyModule {
 public:
  template <typename M>
    requires std::derived_from<std::decay_t<M>, Module>
  AnyModule(M&& module)
      : module_(std::make_shared<std::decay_t<M>>(std::forward<M>(module))),
        clone_(&detail::clone_as<std::decay_t<M>>) {}
  template <std::derived_from<Module> M>
  AnyModule(std::unique_ptr<M> module) : AnyModule(std::shared_ptr<M>(std::move(module))) {}
  /// Shared with whoever else holds the pointer. Raises ValueError for null.
  template <std::derived_from<Module> M>
  AnyModule(std::shared_ptr<M> module) : module_(std::move(module)), clone_(&detail::clone_as<M>) {
    check();
  }

  Module& operator*() const { return *module_; }
  Module* operator->() const { return module_.get(); }
  const std::shared_ptr<Module>& pointer() const { return module_; }
  /// A copy that shares the parameters' memory, as that of a module does.
  AnyModule copy() const { return AnyModule(clone_(*module_), clone_); }

 private:
  AnyModule(std::shared_ptr<Module> module, ModuleCloner clone) : module_(std::move(module)), clone_(clone) {}
  void check() const;
  std::shared_ptr<Module> module_;
  ModuleCloner clone_;
};

/// What is a module or a pointer to one.
template <typename T>
concept ModuleLike = std::convertible_to<T, AnyModule>;

struct NamedAnyModule {
  std::string name;
  AnyModule module;
};

/// A list of modules with names. A copy has its own module objects; what was the same object twice in it still is.
class ModuleContainer : public Module {
 public:
  ModuleContainer() = default;
  ModuleContainer(const ModuleContainer& other);
  ModuleContainer(ModuleContainer&&) noexcept = default;
  ModuleContainer& operator=(const ModuleContainer& other);
  ModuleContainer& operator=(ModuleContainer&&) noexcept = default;

  /// Named by its index, or by `name`. Raises ValueError for a name that is there, is empty or has a dot.
  void push_back(AnyModule module);
  void push_back(std::string name, AnyModule module);

  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  /// By position (negative: from the end) or by name. Raises IndexError.
  template <std::integral Index>  // a plain std::int64_t would be no better a match for 0 than a null const char*
  Module& operator[](Index index) const {
    return at_position(static_cast<std::int64_t>(index));
  }
  Module& operator[](std::string_view name) const;
  /// The same with its type: `features.at<Conv2d>(0).weight`. Raises TypeError if it is of another.
  template <std::derived_from<Module> M>
  M& at(std::int64_t index) const {
    Module& module = (*this)[index];
    if (auto* typed = dynamic_cast<M*>(&module)) return *typed;
    throw_type(index, module, typeid(M));
  }
  template <std::derived_from<Module> M>
  M& at(std::string_view name) const {
    return at<M>(position(name));
  }
  bool contains(std::string_view name) const;
  /// All of them with their names, in order.
  const std::vector<NamedAnyModule>& items() const { return items_; }
  /// Puts another module in a place, under the same name.
  void replace(std::int64_t index, AnyModule module);

  void members(Members& m) override;

 protected:
  std::vector<NamedAnyModule> items_;

 private:
  std::size_t position(std::int64_t index) const;
  std::int64_t position(std::string_view name) const;
  Module& at_position(std::int64_t index) const;
  [[noreturn]] void throw_type(std::int64_t index, const Module& module, const std::type_info& wanted) const;
};

/// Runs modules one after the other.
///
///   nn::Sequential net{nn::Conv2d(1, 16, 3), nn::ReLU(), nn::Flatten()};
///   nn::Sequential named({{"conv", nn::Conv2d(1, 16, 3)}, {"relu", nn::ReLU()}});
///
/// Note: write braces. C++ leaves the order of arguments in parentheses open, so with them a seed may give the layers
/// other weights than in torch, where the first layer draws first; in braces the order is that of the text. Note:
/// Sequential(another) with one Sequential is a copy, as always in C++; use push_back to nest it.
class Sequential : public Layer<Sequential, ModuleContainer> {
 public:
  Sequential() = default;
  template <typename... Ms>
    requires(sizeof...(Ms) > 0 && (ModuleLike<Ms> && ...) &&
             !(sizeof...(Ms) == 1 && (std::is_same_v<std::decay_t<Ms>, Sequential> && ...)))
  explicit Sequential(Ms&&... modules) {
    (push_back(AnyModule(std::forward<Ms>(modules))), ...);
  }
  explicit Sequential(std::initializer_list<NamedAnyModule> modules);
  explicit Sequential(std::vector<std::unique_ptr<Module>> modules);

  Tensor forward(const Tensor& input) override;
};

/// Holds modules for a forward of the user's own: `for (...) x = blocks[i](x);`. It cannot be called.
class ModuleList : public Layer<ModuleList, ModuleContainer> {
 public:
  ModuleList() = default;
  explicit ModuleList(std::initializer_list<AnyModule> modules);
  explicit ModuleList(std::vector<std::unique_ptr<Module>> modules);

  /// Neighbours that print alike are printed once, with their number.
  std::string to_string() const override;
};

/// Holds modules by name, in the order in which they were added: `branches["left"](x)`. It cannot be called.
///
///   nn::ModuleDict branches({{"left", nn::Linear(3, 4)}, {"right", nn::Identity()}});
class ModuleDict : public Layer<ModuleDict, ModuleContainer> {
 public:
  ModuleDict() = default;
  explicit ModuleDict(std::initializer_list<NamedAnyModule> modules);

  /// Adds a module, or replaces the one of that name in its place. Raises ValueError for a name that is empty or has a
  /// dot.
  void set(std::string name, AnyModule module);
  /// Whether there was one.
  bool erase(std::string_view name);
};

}  // namespace lamella::nn
