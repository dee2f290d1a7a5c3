#include "nn/backward_hooks.h"

#include <algorithm>

#include <fmt/format.h>

#include <lamella/autograd.h>

#include "autograd/node.h"

namespace lamella::nn {

namespace {

/// Passes gradients on; its hooks are what matters.
class ModuleBoundary : public Node {
 public:
  std::string name() const override { return "ModuleBoundaryBackward"; }
  TensorList apply(TensorList gradients) override { return gradients; }
};

/// The same tensors as outputs of `node`. Undefined ones and those that carry no gradient pass by.
TensorList through(const std::shared_ptr<Node>& node, const TensorList& tensors) {
  TensorList results;
  for (const Tensor& tensor : tensors) {
    node->edges.push_back(tensor.defined() ? gradient_edge(tensor) : Edge());
    node->output_metas.push_back(tensor.defined() ? meta(tensor) : TensorMeta());
    if (!node->edges.back()) {
      results.push_back(tensor);
      continue;
    }
    Tensor same = tensor.detach();
    set_history(same, node, static_cast<std::uint32_t>(results.size()));
    results.push_back(std::move(same));
  }
  return results;
}

bool any_requires_grad(const TensorList& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.defined() && t.requires_grad(); });
}

void replace(const char* what, TensorList& gradients, TensorList replacement) {
  if (replacement.empty()) return;
  if (replacement.size() != gradients.size()) {
    throw Error(
        fmt::format("a module's {} returned {} gradients, expected {}", what, replacement.size(), gradients.size()));
  }
  gradients = std::move(replacement);
}

}  // namespace

std::shared_ptr<BackwardHooks> BackwardHooks::make(const std::shared_ptr<detail::Hooks>& hooks) {
  if (!hooks->has_backward() || !grad_enabled()) return nullptr;
  auto made = std::make_shared<BackwardHooks>();
  made->module_ = hooks;
  made->pre_ = hooks->backward_pre;
  made->full_ = hooks->backward;
  return made;
}

TensorList BackwardHooks::enter(const TensorList& inputs) {
  inputs_ = inputs.size();
  has_input_node_ = any_requires_grad(inputs);
  if (!has_input_node_) return inputs;
  auto node = make_node<ModuleBoundary>();
  node->post_hooks.emplace_back(
      next_hook_id(),
      [self = shared_from_this()](TensorList& grad_inputs, const TensorList&) { self->on_inputs(grad_inputs); });
  TensorList results = through(node, inputs);
  for (const Tensor& result : results) versions_.push_back(result.defined() ? result.version() : 0);
  return results;
}

TensorList BackwardHooks::leave(const TensorList& outputs, const TensorList& inputs) {
  for (std::size_t i = 0; i < versions_.size(); ++i) {
    if (!inputs[i].defined() || inputs[i].version() == versions_[i]) continue;
    throw Error(
        "a module with a full backward hook wrote to its input in place, which hides the gradient from the hook; "
        "use its out-of-place form (inplace=False) or remove the hook");
  }
  if (!any_requires_grad(outputs)) return outputs;
  auto node = make_node<ModuleBoundary>();
  node->pre_hooks.emplace_back(next_hook_id(),
                               [self = shared_from_this()](TensorList& gradients) { self->on_outputs(gradients); });
  return through(node, outputs);
}

void BackwardHooks::on_outputs(TensorList& gradients) {
  const auto module = module_.lock();
  if (!module || module->owner == nullptr) return;
  for (const auto& [id, hook] : pre_.hooks)
    replace("full backward pre-hook", gradients, hook(*module->owner, gradients));
  if (has_input_node_) {
    grad_outputs_ = gradients;
    return;
  }
  const TensorList none(inputs_);
  for (const auto& [id, hook] : full_.hooks) {
    const TensorList replacement = hook(*module->owner, none, gradients);
    if (std::any_of(replacement.begin(), replacement.end(), [](const Tensor& t) { return t.defined(); })) {
      throw Error("a full backward hook replaced gradients of inputs, but no input of the module requires grad");
    }
  }
}

void BackwardHooks::on_inputs(TensorList& gradients) {
  const auto module = module_.lock();
  // Gradients that reach the input around the output (a double backward) are none of the hooks' business.
  if (!module || module->owner == nullptr || grad_outputs_.empty()) return;
  for (const auto& [id, hook] : full_.hooks) {
    replace("full backward hook", gradients, hook(*module->owner, gradients, grad_outputs_));
  }
  grad_outputs_.clear();
}

}  // namespace lamella::nn
