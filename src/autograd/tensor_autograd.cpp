// The autograd half of Tensor, and the modes.
#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>

#include "autograd/node.h"
#include "core/thread_state.h"

namespace lamella {

bool grad_enabled() { return thread_state.grad_enabled; }
bool inference_mode_enabled() { return thread_state.inference; }

NoGradGuard::NoGradGuard(bool enabled) : previous_(thread_state.grad_enabled) { thread_state.grad_enabled = enabled; }
NoGradGuard::~NoGradGuard() { thread_state.grad_enabled = previous_; }

InferenceModeGuard::InferenceModeGuard()
    : previous_grad_(thread_state.grad_enabled), previous_inference_(thread_state.inference) {
  thread_state.grad_enabled = false;
  thread_state.inference = true;
}

InferenceModeGuard::~InferenceModeGuard() {
  thread_state.grad_enabled = previous_grad_;
  thread_state.inference = previous_inference_;
}

AnomalyGuard::AnomalyGuard(bool check_nan) : previous_(anomaly_mode()) { set_anomaly_mode(check_nan ? 2 : 1); }
AnomalyGuard::~AnomalyGuard() { set_anomaly_mode(previous_); }

bool Tensor::requires_grad() const {
  const GradMeta* data = find_grad_meta(*this);
  return data != nullptr && (data->requires_grad || grad_fn_of(*this) != nullptr);
}

const Tensor& Tensor::requires_grad_(bool value) const {
  if (value && !lamella::is_floating_point(dtype())) {
    throw Error(fmt::format("only Tensors of floating point dtype can require gradients, got {}", name_of(dtype())));
  }
  if (!value && !is_leaf()) {
    throw Error(
        "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
        "subgraph that "
        "doesn't require differentiation use var_no_grad = var.detach().");
  }
  if (value || find_grad_meta(*this) != nullptr) grad_meta(*this).requires_grad = value;
  return *this;
}

bool Tensor::is_leaf() const { return grad_fn_of(*this) == nullptr; }

Tensor Tensor::grad() const {
  const GradMeta* data = find_grad_meta(*this);
  return data != nullptr ? data->grad : Tensor();
}

void Tensor::set_grad(const Tensor& gradient) const {
  if (gradient.defined() && (!(gradient.shape() == shape()) || gradient.dtype() != dtype())) {
    throw Error(fmt::format("assigned grad has shape {} and dtype {}, but the tensor has shape {} and dtype {}",
                            lamella::to_string(gradient.shape()), name_of(gradient.dtype()),
                            lamella::to_string(shape()), name_of(dtype())));
  }
  grad_meta(*this).grad = gradient;
}

std::string Tensor::grad_fn() const {
  const auto node = grad_fn_of(*this);
  return node ? node->name() : "";
}

void Tensor::backward(const Tensor& gradient, BackwardOptions options) const {
  lamella::backward({*this}, gradient.defined() ? TensorList{gradient} : TensorList{}, options);
}

Tensor Tensor::detach() const {
  const TensorImpl& t = lamella::impl(*this);
  auto copy = make_ref<TensorImpl>(t.storage, t.meta, t.offset);
  copy->own_version = t.own_version;
  copy->inference = t.inference;
  return make_tensor(std::move(copy));
}

const Tensor& Tensor::detach_() const {
  GradMeta* data = find_grad_meta(*this);
  if (data == nullptr) return *this;
  if (data->base.defined()) throw Error("Can't detach views in-place. Use detach() instead.");
  data->grad_fn = nullptr;
  data->requires_grad = false;
  return *this;
}

Tensor Tensor::variable_data() const {
  Tensor copy = detach();
  lamella::impl(copy).own_version = std::make_shared<std::atomic<std::uint32_t>>(0);
  return copy;
}

void Tensor::retain_grad() const {
  if (!requires_grad()) throw Error("can't retain_grad on Tensor that has requires_grad=False");
  const auto node = grad_fn_of(*this);
  GradMeta& data = grad_meta(*this);
  if (!node || data.retained_by) return;
  data.retained_by = std::make_shared<TensorImpl*>(impl_);
  // The tensor keeps the node, so the node's hook must not keep the tensor.
  const auto keep = [weak = std::weak_ptr<TensorImpl*>(data.retained_by)](const Tensor& gradient) {
    if (const auto alive = weak.lock()) {
      auto& kept = static_cast<GradMeta&>(*(*alive)->autograd).grad;
      kept = kept.defined() ? add_gradients(kept, gradient, false) : gradient;
    }
    return Tensor();
  };
  node->output_hooks.push_back({data.output_nr, next_hook_id(), keep, true});
}

bool Tensor::retains_grad() const {
  const GradMeta* data = find_grad_meta(*this);
  return data != nullptr && data->retained_by != nullptr;
}

namespace {
/// A hook whose copies share one state, since lists of hooks are copied to be run.
template <typename Result>
std::function<Result(const Tensor&)> shared(std::function<Result(const Tensor&)> hook) {
  return [one = std::make_shared<std::function<Result(const Tensor&)>>(std::move(hook))](const Tensor& tensor) {
    return (*one)(tensor);
  };
}
}  // namespace

HookHandle Tensor::register_hook(std::function<Tensor(const Tensor&)> hook) const {
  if (!requires_grad()) throw Error("cannot register a hook on a tensor that doesn't require gradient");
  const std::uint64_t id = next_hook_id();
  if (const auto node = grad_fn_of(*this)) {
    node->output_hooks.push_back({grad_meta(*this).output_nr, id, shared(std::move(hook))});
    std::weak_ptr<Node> weak = node;
    return HookHandle([weak, id] {
      if (const auto alive = weak.lock())
        alive->output_hooks.remove_if([id](const Node::OutputHook& h) { return h.id == id; });
    });
  }
  grad_meta(*this).leaf_hooks.emplace_back(id, shared(std::move(hook)));
  return HookHandle(
      [self = *this, id] { grad_meta(self).leaf_hooks.remove_if([id](const auto& h) { return h.first == id; }); });
}

HookHandle Tensor::register_post_accumulate_grad_hook(std::function<void(const Tensor&)> hook) const {
  if (!requires_grad()) throw Error("cannot register a hook on a tensor that doesn't require gradient");
  if (!is_leaf()) throw Error("post accumulate grad hooks cannot be registered on non-leaf tensors");
  const std::uint64_t id = next_hook_id();
  grad_meta(*this).post_accumulate_hooks.emplace_back(id, shared(std::move(hook)));
  return HookHandle([self = *this, id] {
    grad_meta(self).post_accumulate_hooks.remove_if([id](const auto& h) { return h.first == id; });
  });
}

void Tensor::set_grad_sink(const Tensor& buffer) const {
  if (buffer.defined() && (!(buffer.shape() == shape()) || buffer.dtype() != dtype() || !buffer.is_contiguous())) {
    throw ValueError(fmt::format(
        "a gradient sink must be contiguous, of shape {} and dtype {}; got shape {} and dtype {}",
        lamella::to_string(shape()), name_of(dtype()), lamella::to_string(buffer.shape()), name_of(buffer.dtype())));
  }
  GradMeta& data = grad_meta(*this);
  data.sink = buffer;
  if (buffer.defined()) data.grad = buffer;
}

}  // namespace lamella
