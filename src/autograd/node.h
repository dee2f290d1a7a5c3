// The tape: one Node an operator that ran, with edges to the nodes that made its inputs.
//
// Thread safety: a graph may be built and differentiated on any thread, by one thread at a time.
// 1. An edge (node, nr) says: the gradient goes to input `nr` of `node`, that is, to output `nr` of what made the
// tensor.
// 2. Nodes are numbered in the order of creation on all threads; a backward runs them in descending order.
// 3. Graphs are freed iteratively: a chain of a million operators needs no stack.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <lamella/tensor.h>

#include "core/tensor_impl.h"

namespace lamella {

class Node;

struct Edge {
  std::shared_ptr<Node> node;
  std::uint32_t input_nr = 0;
  explicit operator bool() const { return node != nullptr; }
};

class Node : public std::enable_shared_from_this<Node> {
 public:
  Node();
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual std::string name() const = 0;
  /// From the gradients of the outputs (undefined ones count as zero) to those of the inputs (one an edge).
  virtual TensorList apply(TensorList gradients) = 0;
  /// Runs before the gradients are captured or used (a leaf's own hooks).
  virtual void prepare(TensorList& gradients) { static_cast<void>(gradients); }
  /// Frees what was saved; a second apply then raises.
  virtual void release_saved() {}

  SmallVector<Edge, 4> edges;            ///< one an input; empty where no gradient is wanted
  std::vector<TensorMeta> output_metas;  ///< geometry of the outputs, for zeros and checks
  std::uint64_t sequence;
  std::string path;  ///< the module path at creation, kept in anomaly mode

  /// Hooks on the gradient of output `nr`, before apply; and on (grad_inputs, grad_outputs) after it.
  using TensorHook = std::function<Tensor(const Tensor&)>;
  struct OutputHook {
    std::uint32_t output_nr;
    std::uint64_t id;
    TensorHook hook;
    bool last = false;  ///< retain_grad: sees what the other hooks made
  };
  std::list<OutputHook> output_hooks;
  using PostHook = std::function<void(TensorList& grad_inputs, const TensorList& grad_outputs)>;
  std::list<std::pair<std::uint64_t, PostHook>> post_hooks;
  using PreHook = std::function<void(TensorList& grad_outputs)>;
  std::list<std::pair<std::uint64_t, PreHook>> pre_hooks;
};

/// Makes a node that is freed iteratively. All nodes are made by it.
template <typename T, typename... Args>
std::shared_ptr<T> make_node(Args&&... args);
/// Deletes now, or after the deletion that is under way on this thread.
void delete_node(Node* node);

template <typename T, typename... Args>
std::shared_ptr<T> make_node(Args&&... args) {
  return std::shared_ptr<T>(new T(std::forward<Args>(args)...), [](Node* node) { delete_node(node); });
}

/// The end of an edge at a leaf: adds to its grad().
class AccumulateGrad : public Node {
 public:
  explicit AccumulateGrad(const Tensor& variable);
  std::string name() const override { return "AccumulateGrad"; }
  void prepare(TensorList& gradients) override;
  TensorList apply(TensorList gradients) override;
  const Tensor& variable() const { return variable_; }

 private:
  Tensor variable_;
};

struct GradMeta : public AutogradMeta {
  bool requires_grad = false;
  Tensor grad;
  std::shared_ptr<Node> grad_fn;
  std::uint32_t output_nr = 0;
  std::weak_ptr<Node> accumulator;
  Tensor sink;
  std::shared_ptr<TensorImpl*> retained_by;  ///< set by retain_grad; expires with the tensor
  std::list<std::pair<std::uint64_t, std::function<Tensor(const Tensor&)>>> leaf_hooks;
  std::list<std::pair<std::uint64_t, std::function<void(const Tensor&)>>> post_accumulate_hooks;

  // Of a differentiable view: what it looks at. After an in-place write the view's grad_fn is made anew from the
  // base's.
  Tensor base;
  std::uint32_t view_version = 0;
};

/// The tensor's autograd data; made when it is first needed.
GradMeta& grad_meta(const Tensor& tensor);
/// The same, or null.
GradMeta* find_grad_meta(const Tensor& tensor);
/// The node that made the tensor (for a view that was written to: made anew), or null.
std::shared_ptr<Node> grad_fn_of(const Tensor& tensor);
/// Where the tensor's gradient goes: its grad_fn's output, a leaf's accumulator, or nowhere.
Edge gradient_edge(const Tensor& tensor);
/// Makes `tensor` output `nr` of `node`.
void set_history(const Tensor& tensor, std::shared_ptr<Node> node, std::uint32_t nr);

/// A tensor that a backward needs, with the version that it had.
class SavedTensor {
 public:
  SavedTensor() = default;
  /// `is_output`: the tensor is made by the node that saves it; the graph must not hold itself.
  SavedTensor(const Tensor& tensor, bool is_output);
  /// Raises if the tensor was written to since (naming `op`), or was freed.
  Tensor unpack(const std::shared_ptr<Node>& saver, const std::string& op) const;
  void reset();
  bool defined() const { return tensor_.defined(); }

 private:
  Tensor tensor_;
  std::uint32_t version_ = 0;
  bool is_output_ = false;
  std::uint32_t output_nr_ = 0;
};

std::uint64_t next_hook_id();
/// Whether gradients of gradients are being recorded, anomalies looked for.
int anomaly_mode();
void set_anomaly_mode(int mode);

// Supplied by the operators' layer, so that this one needs no operator.
Tensor add_gradients(const Tensor& a, const Tensor& b, bool in_place);
std::shared_ptr<Node> view_node(const Tensor& view, const Tensor& base);
Tensor ones_like_gradient(const Tensor& root);
Tensor cast_gradient(const Tensor& gradient, const TensorMeta& meta);
bool has_nan(const Tensor& gradient);

}  // namespace lamella
