// Independent copies of modules.
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "nn/inspect.h"
#include "nn/type_name.h"

namespace lamella::nn {

namespace {

/// Goes through a plain copy and replaces all that it shares with the original.
class Separator : public Members {
 public:
  explicit Separator(const Module& original) {
    for_each_module(original, "", [&](const std::string&, Module& module) { originals_.insert(&module); });
  }
  void separate(Module& module) {
    if (!modules_.insert(&module).second) return;
    module.clear_hooks();
    module.members(*this);
  }

 private:
  void on_child(std::string_view name, Module& child) override {
    if (originals_.contains(&child)) {
      throw ValueError(fmt::format(
          "deep_copy: \"{}\" ({}) is held by reference, so that the copy would share it; hold it by value or by "
          "std::shared_ptr",
          name, child.type_name()));
    }
    separate(child);
  }

  void on_parameter(std::string_view, Parameter& parameter) override {
    if (!parameter.defined()) return;
    const auto [it, fresh] = parameters_.try_emplace(parameter.impl());
    if (fresh) {
      it->second.original = parameter;
      it->second.copy = Parameter(parameter.detach().clone(), parameter.requires_grad());
      if (const Tensor gradient = parameter.grad(); gradient.defined())
        it->second.copy.set_grad(gradient.detach().clone());
    }
    parameter = it->second.copy;
  }

  void on_buffer(std::string_view, Tensor& tensor, BufferOptions) override {
    if (!tensor.defined()) return;
    const auto [it, fresh] = buffers_.try_emplace(tensor.impl());
    if (fresh) {
      it->second.original = tensor;
      it->second.copy = tensor.detach().clone();
    }
    tensor = it->second.copy;
  }

  std::shared_ptr<Module> substitute(const std::shared_ptr<Module>& child, ModuleCloner clone) override {
    if (!originals_.contains(child.get())) return nullptr;
    auto& copy = copies_[child.get()];
    if (!copy) copy = clone(*child);
    return copy;
  }

  // The originals are held, so that their addresses stay theirs.
  template <typename T>
  struct Pair {
    Tensor original;
    T copy;
  };
  std::unordered_map<const TensorImpl*, Pair<Parameter>> parameters_;
  std::unordered_map<const TensorImpl*, Pair<Tensor>> buffers_;
  std::unordered_map<const Module*, std::shared_ptr<Module>> copies_;
  std::unordered_set<const Module*> originals_;
  std::unordered_set<const Module*> modules_;
};

}  // namespace

void detail::make_independent(Module& copy, const Module& original) { Separator(original).separate(copy); }

void detail::throw_would_slice(const Module& module, const std::type_info& type) {
  throw TypeError(fmt::format(
      "deep_copy would cut a {0} down to its base {1}; call deep_copy(static_cast<const nn::Module&>(module))",
      module.type_name(), type_name_of(type)));
}

std::unique_ptr<Module> deep_copy(const Module& module) {
  std::unique_ptr<Module> copy = module.clone();
  detail::make_independent(*copy, module);
  return copy;
}

}  // namespace lamella::nn
