// Module: the base of every layer and network.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <typeinfo>
#include <utility>
#include <vector>

#include <lamella/error.h>
#include <lamella/nn/hooks.h>
#include <lamella/nn/members.h>
#include <lamella/nn/state_dict.h>

namespace lamella::nn {

using NamedTensor = std::pair<std::string, Tensor>;
struct NamedModule {
  std::string name;
  Module* module;
};

/// The base of every layer and network.
///
///   struct Net : nn::Module {
///     nn::Conv2d conv1{1, 16, 3, {.padding = 1}};
///     nn::Linear fc{16 * 28 * 28, 10};
///     void members(nn::Members& m) override { m("conv1", conv1)("fc", fc); }
///     Tensor forward(const Tensor& x) override { return fc(relu(conv1(x)).flatten(1)); }
///   };
///
/// `net(x)` runs the hooks and puts the module on the path that error texts begin with; `net.forward(x)` does neither.
///
/// A copy of a module is like a copy of a tensor: the new object shares the parameters' memory (in-place updates are
/// seen by both) and starts with the same hooks. `deep_copy(net)` gives one that shares nothing. A move keeps
/// everything.
///
/// Thread safety: several threads may call one module at once if its forward changes nothing (layers in eval mode).
class Module {
 public:
  Module() = default;
  Module(const Module& other);
  Module(Module&& other) noexcept;
  Module& operator=(const Module& other);
  Module& operator=(Module&& other) noexcept;
  virtual ~Module();

  /// What the module computes. Raises NotImplementedError unless overridden.
  virtual Tensor forward(const Tensor& input);
  /// forward with hooks. A call costs some nanoseconds when there are none.
  Tensor operator()(const Tensor& input);

  /// Names children, parameters and buffers; see Members.
  virtual void members(Members& m) { static_cast<void>(m); }
  /// What stands between the parentheses when it is printed.
  virtual std::string extra_repr() const { return ""; }
  /// A copy (sharing parameters' memory) of its whole type; layers have it. Only modules that are held by a pointer to
  /// a base class, and are to be copied, need to override it. Raises NotImplementedError otherwise.
  virtual std::unique_ptr<Module> clone() const;

  /// The class's name without namespaces: "Conv2d". Not to be asked in a constructor.
  std::string_view type_name() const;
  /// As PyTorch prints it, children indented.
  virtual std::string to_string() const;

  // Its parts, in PyTorch's order: own ones first, then those of the children, depth first. What is shared between
  // modules is listed once, under its first name. The tensors are handles: writing to them writes to the model.
  std::vector<Tensor> parameters(bool recurse = true) const;
  std::vector<NamedTensor> named_parameters(std::string_view prefix = "", bool recurse = true) const;
  std::vector<Tensor> buffers(bool recurse = true) const;
  std::vector<NamedTensor> named_buffers(std::string_view prefix = "", bool recurse = true) const;
  std::vector<Module*> children();
  std::vector<NamedModule> named_children();
  /// All modules, this one first (under `prefix`).
  std::vector<Module*> modules();
  std::vector<NamedModule> named_modules(std::string_view prefix = "");
  /// The module "features.0". Raises IndexError, naming what there is, if there is none; "" is this one.
  Module& get_submodule(std::string_view path);
  /// The parameter "features.0.weight"; the same error.
  Tensor get_parameter(std::string_view path) const;
  /// The number of numbers that it learns.
  std::int64_t parameter_count() const;

  /// Parameters and persistent buffers. Shared ones stand under each of their names, as in PyTorch. The tensors share
  /// the model's memory, outside autograd.
  StateDict state_dict(std::string_view prefix = "") const;
  /// Copies the values in, converting dtypes. Every name and shape is checked before anything is written; all that does
  /// not fit is reported at once, in an Error. Without `strict`, missing and unexpected names are only returned; a
  /// wrong shape is an error always.
  LoadReport load_state_dict(const StateDict& state, LoadOptions options = {});

  /// Sets the mode of this module and all below. Override it to hold a part in eval mode.
  virtual Module& train(bool mode = true);
  Module& eval() { return train(false); }
  bool training() const { return training_; }
  /// Runs `fn` on the children, theirs first, then on this module.
  Module& apply(const std::function<void(Module&)>& fn);
  /// Converts floating-point parameters and buffers (and gradients) in their place, so that optimisers still hold them;
  /// integer buffers stay. Raises TypeError for a dtype that is not floating-point.
  Module& to(DType dtype);
  Module& requires_grad_(bool value = true);
  void zero_grad(bool set_to_none = true);

  // Hooks. A hook takes single tensors where the module has one input (and output), or TensorLists; it returns nothing,
  // a Tensor or a TensorList, which then replaces what it was given. The handle removes it, wherever the module has
  // moved.
  /// Before forward: (module, inputs) -> inputs.
  template <typename Fn>
  HookHandle register_forward_pre_hook(Fn hook, HookOptions options = {}) {
    return add_hook(&detail::Hooks::forward_pre, detail::hook_of_one(std::move(hook)), options);
  }
  /// After forward: (module, inputs, outputs) -> outputs.
  template <typename Fn>
  HookHandle register_forward_hook(Fn hook, HookOptions options = {}) {
    return add_hook(&detail::Hooks::forward, detail::hook_of_two(std::move(hook)), options);
  }
  /// When the gradients of the outputs are there: (module, grad_outputs) -> grad_outputs.
  template <typename Fn>
  HookHandle register_full_backward_pre_hook(Fn hook, HookOptions options = {}) {
    return add_hook(&detail::Hooks::backward_pre, detail::hook_of_one(std::move(hook)), options);
  }
  /// When those of the inputs are there as well: (module, grad_inputs, grad_outputs) -> grad_inputs. Where no input
  /// requires grad, the grad_inputs are undefined tensors.
  template <typename Fn>
  HookHandle register_full_backward_hook(Fn hook, HookOptions options = {}) {
    return add_hook(&detail::Hooks::backward, detail::hook_of_two(std::move(hook)), options);
  }
  /// Takes away all hooks of this module.
  void clear_hooks() { hooks_.reset(); }

 protected:
  bool hooked() const { return hooks_ != nullptr && !hooks_->empty(); }
  using Forward = std::function<TensorList(const TensorList&)>;
  /// forward with all hooks around it.
  TensorList forward_with_hooks(TensorList inputs, const Forward& forward);
  /// Runs another forward than the class's own, with all hooks around it and this module on the path: for layers that
  /// may be called with further arguments.
  Tensor call(TensorList inputs, const std::function<Tensor(const TensorList&)>& forward);
  /// Runs `body` with this module on the path.
  void on_path(void (*body)(void*), void* argument) const;

 private:
  template <typename Fn>
  HookHandle add_hook(detail::HookList<Fn> detail::Hooks::* list, Fn hook, HookOptions options) {
    const std::uint64_t id = next_id();
    (own_hooks().*list).add(id, std::move(hook), options);
    return HookHandle([weak = std::weak_ptr<detail::Hooks>(hooks_), list, id] {
      if (const auto hooks = weak.lock()) ((*hooks).*list).remove(id);
    });
  }
  static std::uint64_t next_id();
  detail::Hooks& own_hooks();

  bool training_ = true;
  std::shared_ptr<detail::Hooks> hooks_;
};

std::ostream& operator<<(std::ostream& out, const Module& module);

/// A module with other inputs or outputs than one tensor:
///
///   struct Join : nn::ModuleOf<Tensor(const Tensor&, const Tensor&)> {
///     Tensor forward(const Tensor& skip, const Tensor& x) override { return skip + x; }
///   };
///
/// `join(a, b)` runs the hooks, which see the tensors among the arguments (those of a TensorList too) as one list, and
/// puts the module on the path. The result is a Tensor or a TensorList. C++ lets no function give a TensorList where
/// Module's gives a Tensor: for one tensor in and several out take a list, `ModuleOf<TensorList(const TensorList&)>`.
template <typename Signature>
class ModuleOf;

template <typename Result, typename... Args>
class ModuleOf<Result(Args...)> : public Module {
  static_assert(std::is_same_v<Result, Tensor> || std::is_same_v<Result, TensorList>,
                "a module gives a Tensor or a TensorList");

 public:
  using Module::forward;
  virtual Result forward(Args... args) = 0;

  Result operator()(Args... args) {
    Result result;
    auto body = [&] { result = hooked() ? hooked_forward(args...) : forward(std::forward<Args>(args)...); };
    on_path([](void* closure) { (*static_cast<decltype(body)*>(closure))(); }, &body);
    return result;
  }

 private:
  Result hooked_forward(std::decay_t<Args>... args) {
    auto values = std::make_tuple(std::move(args)...);
    TensorList inputs;
    std::apply([&](auto&... value) { (detail::for_tensors(value, [&](Tensor& t) { inputs.push_back(t); }), ...); },
               values);
    const TensorList outputs = forward_with_hooks(std::move(inputs), [&](const TensorList& given) -> TensorList {
      std::size_t next = 0;
      const auto put = [&](Tensor& tensor) { tensor = given[next++]; };
      return std::apply(
          [&](auto&... value) {
            (detail::for_tensors(value, put), ...);
            return detail::as_list(this->forward(static_cast<Args>(value)...));
          },
          values);
    });
    if constexpr (std::is_same_v<Result, Tensor>) {
      return detail::only(*this, outputs);
    } else {
      return outputs;
    }
  }
};

/// The base of the library's layers: knows how to copy its whole type.
template <typename Self, typename Base = Module>
class Layer : public Base {
 public:
  using Base::Base;
  std::unique_ptr<Module> clone() const override { return std::make_unique<Self>(static_cast<const Self&>(*this)); }
};

namespace detail {

/// Gives `copy`, a plain copy of `original`, parameters, buffers and shared children of its own, and takes its hooks.
void make_independent(Module& copy, const Module& original);
[[noreturn]] void throw_would_slice(const Module& module, const std::type_info& type);

template <typename M>
std::shared_ptr<Module> clone_as(const Module& module) {
  if constexpr (std::is_copy_constructible_v<M> && !std::is_same_v<M, Module> && !std::is_abstract_v<M>) {
    if (typeid(module) == typeid(M)) return std::make_shared<M>(static_cast<const M&>(module));
  }
  return module.clone();
}

}  // namespace detail

/// An independent copy: own parameters (with their gradients), own buffers, tied ones still tied to each other. Hooks
/// stay behind, since what they capture belongs to the original. Plain tensors that `members` does not name are shared.
template <std::derived_from<Module> M>
M deep_copy(const M& module) {
  if (typeid(module) != typeid(M)) detail::throw_would_slice(module, typeid(M));
  M copy(module);
  detail::make_independent(copy, module);
  return copy;
}
/// The same for a module whose type is not known here.
std::unique_ptr<Module> deep_copy(const Module& module);

}  // namespace lamella::nn
