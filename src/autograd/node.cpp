#include "autograd/node.h"

#include <atomic>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>

#include "core/module_path.h"
#include "core/thread_state.h"

namespace lamella {

namespace {

std::atomic<std::uint64_t> next_sequence{0};
std::atomic<std::uint64_t> hook_ids{0};
thread_local int anomaly = 0;

using NodeList = SmallVector<Node*, 32>;
/// Where the delete_node at work on this thread wants further nodes put. A plain pointer, since graphs of static
/// tensors are deleted after this thread's objects with destructors.
thread_local NodeList* deletions = nullptr;

}  // namespace

std::uint64_t next_hook_id() { return hook_ids.fetch_add(1, std::memory_order_relaxed); }
int anomaly_mode() { return anomaly; }
void set_anomaly_mode(int mode) { anomaly = mode; }

Node::Node() : sequence(next_sequence.fetch_add(1, std::memory_order_relaxed)) {
  if (anomaly != 0) path = module_path();
}

void delete_node(Node* node) {
  if (deletions != nullptr) {
    deletions->push_back(node);
    return;
  }
  NodeList pending{node};
  deletions = &pending;
  while (!pending.empty()) {
    Node* next = pending.back();
    pending.pop_back();
    delete next;  // its edges and saved tensors only add to `pending`
  }
  deletions = nullptr;
}

AccumulateGrad::AccumulateGrad(const Tensor& variable) : variable_(variable) {
  sequence =
      ~std::uint64_t{0};  // as soon as its gradient is complete, so that buffers are freed and buckets can leave early
  output_metas.push_back(meta(variable));
}

void AccumulateGrad::prepare(TensorList& gradients) {
  if (!gradients[0].defined()) return;
  const auto hooks = grad_meta(variable_).leaf_hooks;  // a copy: a hook may add and remove hooks, also itself
  for (const auto& [id, hook] : hooks) {
    Tensor replaced = hook(gradients[0]);
    if (replaced.defined()) gradients[0] = std::move(replaced);
  }
}

TensorList AccumulateGrad::apply(TensorList gradients) {
  if (!gradients[0].defined()) return {};
  GradMeta& data = grad_meta(variable_);
  const Tensor gradient = std::move(gradients[0]);
  if (!data.grad.defined() && data.sink.defined()) data.grad = data.sink;
  if (!data.grad.defined()) {
    // Nobody else holds it: it becomes the gradient. Otherwise a copy, since later backwards add to it in place.
    const bool ours = gradient.impl()->use_count() == 1 && gradient.is_contiguous() && gradient.storage_offset() == 0 &&
                      impl(gradient).storage->use_count() == 1;
    data.grad = grad_enabled() ? gradient
                : ours         ? gradient.detach()
                               : gradient.detach().clone(MemoryFormat::kContiguous);
  } else {
    data.grad = add_gradients(data.grad, gradient, !grad_enabled());
  }
  const auto hooks = data.post_accumulate_hooks;  // a copy, as in prepare
  for (const auto& [id, hook] : hooks) hook(variable_);
  return {};
}

GradMeta& grad_meta(const Tensor& tensor) {
  TensorImpl& t = impl(tensor);
  if (!t.autograd) t.autograd = std::make_unique<GradMeta>();
  return static_cast<GradMeta&>(*t.autograd);
}

GradMeta* find_grad_meta(const Tensor& tensor) {
  return tensor.defined() ? static_cast<GradMeta*>(tensor.impl()->autograd.get()) : nullptr;
}

std::shared_ptr<Node> grad_fn_of(const Tensor& tensor) {
  GradMeta* data = find_grad_meta(tensor);
  if (data == nullptr) return nullptr;
  if (data->base.defined() && data->view_version != tensor.version()) {
    // The memory was written to through another alias: the view's history is now the base's, seen through the view.
    if (GradMeta* base = find_grad_meta(data->base); base != nullptr && (base->grad_fn || base->requires_grad)) {
      data->grad_fn = view_node(tensor, data->base);
      data->output_nr = 0;
    }
    data->view_version = tensor.version();
  }
  return data->grad_fn;
}

Edge gradient_edge(const Tensor& tensor) {
  GradMeta* data = find_grad_meta(tensor);
  if (data == nullptr) return {};
  if (auto node = grad_fn_of(tensor)) return {std::move(node), data->output_nr};
  if (!data->requires_grad) return {};
  auto node = data->accumulator.lock();
  if (!node) {
    node = make_node<AccumulateGrad>(tensor);
    data->accumulator = node;
  }
  return {std::move(node), 0};
}

void set_history(const Tensor& tensor, std::shared_ptr<Node> node, std::uint32_t nr) {
  GradMeta& data = grad_meta(tensor);
  data.grad_fn = std::move(node);
  data.output_nr = nr;
}

SavedTensor::SavedTensor(const Tensor& tensor, bool is_output)
    : version_(tensor.defined() ? tensor.version() : 0), is_output_(is_output) {
  if (!tensor.defined()) return;
  if (impl(tensor).inference) {
    throw Error(
        "Inference tensors cannot be saved for backward. Make a normal tensor of it with clone() outside of inference "
        "mode.");
  }
  if (!is_output) {
    tensor_ = tensor;
    return;
  }
  const TensorImpl& t = impl(tensor);
  auto copy = make_ref<TensorImpl>(t.storage, t.meta, t.offset);
  copy->own_version = t.own_version;
  tensor_ = make_tensor(std::move(copy));
  if (const GradMeta* data = find_grad_meta(tensor)) output_nr_ = data->output_nr;
}

Tensor SavedTensor::unpack(const std::shared_ptr<Node>& saver, const std::string& op) const {
  if (!tensor_.defined()) return {};
  if (tensor_.version() != version_) {
    throw Error(
        fmt::format("one of the variables needed for gradient computation has been modified by an inplace operation: a "
                    "{} tensor of shape {}, "
                    "which {} saved, is at version {}; expected version {} instead. Clone it before the in-place "
                    "write, or use the out-of-place form.",
                    name_of(tensor_.dtype()), lamella::to_string(tensor_.shape()), op, tensor_.version(), version_));
  }
  if (!is_output_) return tensor_;
  const TensorImpl& t = impl(tensor_);
  auto copy = make_ref<TensorImpl>(t.storage, t.meta, t.offset);
  copy->own_version = t.own_version;
  Tensor result = make_tensor(std::move(copy));
  set_history(result, saver, output_nr_);
  return result;
}

void SavedTensor::reset() { tensor_ = Tensor(); }

}  // namespace lamella
