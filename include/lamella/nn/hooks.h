// Hooks on modules: what they may look like, and the lists that keep them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <lamella/tensor.h>

namespace lamella::nn {

class Module;

struct HookOptions {
  bool prepend = false;  ///< before the hooks that are there
};

namespace detail {

/// (module, inputs) and (module, grad_outputs); a result that is not empty replaces the tensors.
using HookOfOne = std::function<TensorList(Module&, const TensorList&)>;
/// (module, inputs, outputs) and (module, grad_inputs, grad_outputs); the same.
using HookOfTwo = std::function<TensorList(Module&, const TensorList&, const TensorList&)>;

template <typename Fn>
struct HookList {
  std::vector<std::pair<std::uint64_t, Fn>> hooks;

  void add(std::uint64_t id, Fn hook, HookOptions options) {
    hooks.emplace(options.prepend ? hooks.begin() : hooks.end(), id, std::move(hook));
  }
  void remove(std::uint64_t id) {
    std::erase_if(hooks, [id](const auto& hook) { return hook.first == id; });
  }
};

/// All hooks of one module. `owner` follows the module when it is moved; null once it is gone.
struct Hooks {
  Module* owner = nullptr;
  HookList<HookOfOne> forward_pre;
  HookList<HookOfTwo> forward;
  HookList<HookOfOne> backward_pre;
  HookList<HookOfTwo> backward;

  bool empty() const {
    return forward_pre.hooks.empty() && forward.hooks.empty() && backward_pre.hooks.empty() && backward.hooks.empty();
  }
  bool has_backward() const { return !backward_pre.hooks.empty() || !backward.hooks.empty(); }
};

/// The tensor of a list of one. Raises Error where a hook that takes single tensors meets a module with several.
const Tensor& only(Module& module, const TensorList& tensors);

/// fn(tensor) for a Tensor and for each of a TensorList; other arguments have none.
template <typename T, typename Fn>
void for_tensors(T& argument, Fn&& fn) {
  if constexpr (std::is_same_v<T, Tensor>) {
    fn(argument);
  } else if constexpr (std::is_same_v<T, TensorList>) {
    for (Tensor& tensor : argument) fn(tensor);
  }
}
inline TensorList as_list(Tensor tensor) { return {std::move(tensor)}; }
inline TensorList as_list(TensorList tensors) { return tensors; }

/// Runs `call` and makes a list of its result: nothing for void or an undefined tensor.
template <typename Call>
TensorList listed(Call&& call) {
  using Result = std::invoke_result_t<Call>;
  if constexpr (std::is_void_v<Result>) {
    call();
    return {};
  } else if constexpr (std::is_convertible_v<Result, Tensor>) {
    Tensor result = call();
    return result.defined() ? TensorList{std::move(result)} : TensorList();
  } else {
    return call();
  }
}

// Copies of a hook share its state: lists of hooks are copied to be run.

template <typename Fn>
HookOfOne hook_of_one(Fn hook) {
  if constexpr (std::is_invocable_v<Fn&, Module&, const Tensor&>) {
    return [hook = std::make_shared<Fn>(std::move(hook))](Module& module, const TensorList& tensors) {
      return listed([&] { return (*hook)(module, only(module, tensors)); });
    };
  } else {
    static_assert(std::is_invocable_v<Fn&, Module&, const TensorList&>,
                  "a hook takes (nn::Module&, const Tensor&) or (nn::Module&, const TensorList&)");
    return [hook = std::make_shared<Fn>(std::move(hook))](Module& module, const TensorList& tensors) {
      return listed([&] { return (*hook)(module, tensors); });
    };
  }
}

template <typename Fn>
HookOfTwo hook_of_two(Fn hook) {
  if constexpr (std::is_invocable_v<Fn&, Module&, const Tensor&, const Tensor&>) {
    return [hook = std::make_shared<Fn>(std::move(hook))](Module& module, const TensorList& a, const TensorList& b) {
      return listed([&] { return (*hook)(module, only(module, a), only(module, b)); });
    };
  } else {
    static_assert(std::is_invocable_v<Fn&, Module&, const TensorList&, const TensorList&>,
                  "a hook takes (nn::Module&, const Tensor&, const Tensor&) or the same with const TensorList&");
    return [hook = std::make_shared<Fn>(std::move(hook))](Module& module, const TensorList& a, const TensorList& b) {
      return listed([&] { return (*hook)(module, a, b); });
    };
  }
}

}  // namespace detail

}  // namespace lamella::nn
