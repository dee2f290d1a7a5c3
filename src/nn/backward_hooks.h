// Full backward hooks of one call of a module.
#pragma once

#include <memory>

#include <lamella/nn/module.h>

namespace lamella::nn {

/// As PyTorch does it: the inputs pass through an identity node before forward, the outputs through another after it.
/// The backward reaches the outputs' node first (pre-hooks; the gradients of the outputs are kept), then the inputs'
/// node (hooks). Where no input requires grad there is no such node, and the hooks run at the first one.
class BackwardHooks : public std::enable_shared_from_this<BackwardHooks> {
 public:
  /// Null if there is no backward hook or nothing is recorded. The hooks of this moment are those that will run.
  static std::shared_ptr<BackwardHooks> make(const std::shared_ptr<detail::Hooks>& hooks);

  TensorList enter(const TensorList& inputs);
  /// `inputs` are those that enter() gave. Raises Error if forward wrote to one: its caller holds the original, whose
  /// history does not know.
  TensorList leave(const TensorList& outputs, const TensorList& inputs);

 private:
  void on_outputs(TensorList& gradients);
  void on_inputs(TensorList& gradients);

  std::weak_ptr<detail::Hooks> module_;  ///< expires with the module, whose hooks then no longer run
  detail::HookList<detail::HookOfOne> pre_;
  detail::HookList<detail::HookOfTwo> full_;
  std::size_t inputs_ = 0;
  bool has_input_node_ = false;
  SmallVector<std::uint32_t, 4> versions_;  ///< of what enter() gave
  TensorList grad_outputs_;
};

}  // namespace lamella::nn
