// The backward pass: counts each node's dependencies, then runs nodes from the latest to the earliest, on the calling
// thread, without recursion.
#include <algorithm>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>

#include "autograd/node.h"
#include "core/thread_state.h"

namespace lamella {

namespace {

struct Pending {
  int dependencies = 0;
  bool needed = true;
  TensorList gradients;
  SmallVector<bool, 4> owned;  ///< this sum is nobody else's, so the next term may be added in place
};

struct Capture {
  std::size_t index;       ///< which of grad()'s inputs
  std::uint32_t input_nr;  ///< at which input of the node
};

class Engine {
 public:
  Engine(bool keep_graph, bool create_graph) : keep_graph_(keep_graph), create_graph_(create_graph) {}

  void capture(const Tensor& input, std::size_t index) {
    const Edge edge = gradient_edge(input);
    if (!edge) return;
    captures_[edge.node.get()].push_back({index, edge.input_nr});
    capturing_ = true;
  }

  TensorList run(const std::vector<Edge>& roots, const TensorList& gradients, std::size_t captured) {
    results_.resize(captured);
    discover(roots);
    if (capturing_) mark_needed();
    for (std::size_t i = 0; i < roots.size(); ++i) deposit(roots[i], gradients[i]);
    for (const Edge& root : roots) push_if_ready(root.node);
    const EnableOrNot mode(create_graph_);
    while (!ready_.empty()) {
      const std::shared_ptr<Node> node = ready_.top().node;
      ready_.pop();
      step(node);
    }
    return std::move(results_);
  }

 private:
  struct EnableOrNot : NoGradGuard {
    explicit EnableOrNot(bool on) : NoGradGuard(on) {}
  };
  struct Ready {
    std::shared_ptr<Node> node;
    bool operator<(const Ready& other) const { return node->sequence < other.node->sequence; }
  };

  void discover(const std::vector<Edge>& roots) {
    std::vector<Node*> stack;
    for (const Edge& root : roots) {
      if (pending_.try_emplace(root.node.get()).second) stack.push_back(root.node.get());
    }
    while (!stack.empty()) {
      Node* node = stack.back();
      stack.pop_back();
      order_.push_back(node);
      for (const Edge& edge : node->edges) {
        if (!edge) continue;
        const auto [it, fresh] = pending_.try_emplace(edge.node.get());
        ++it->second.dependencies;
        if (fresh) stack.push_back(edge.node.get());
      }
    }
  }

  /// With chosen inputs, only nodes on a path to one of them run. A node is later than those it leads to, except for
  /// accumulators, which lead nowhere.
  void mark_needed() {
    std::sort(order_.begin(), order_.end(), [](const Node* a, const Node* b) {
      const bool end_a = a->edges.empty();
      const bool end_b = b->edges.empty();
      return end_a != end_b ? end_a : a->sequence < b->sequence;
    });
    for (Node* node : order_) {
      bool needed = captures_.contains(node);
      for (const Edge& edge : node->edges) needed = needed || (edge && pending_[edge.node.get()].needed);
      pending_[node].needed = needed;
    }
  }

  void deposit(const Edge& edge, const Tensor& gradient) {
    Pending& slot = pending_[edge.node.get()];
    if (slot.gradients.size() <= edge.input_nr) {
      slot.gradients.resize(edge.input_nr + 1);
      slot.owned.resize(edge.input_nr + 1, false);
    }
    Tensor& sum = slot.gradients[edge.input_nr];
    if (!gradient.defined()) return;
    if (!sum.defined()) {
      sum = gradient;
      return;
    }
    const bool in_place = slot.owned[edge.input_nr] && !create_graph_;
    sum = add_gradients(sum, gradient, in_place);
    slot.owned[edge.input_nr] = true;
  }

  void push_if_ready(const std::shared_ptr<Node>& node) {
    Pending& slot = pending_[node.get()];
    if (slot.dependencies == 0 && slot.needed && queued_.insert(node.get()).second) ready_.push({node});
  }

  void run_output_hooks(Node& node, TensorList& gradients) {
    const auto hooks = node.output_hooks;  // a copy: a hook may add and remove hooks, also itself
    for (const bool last : {false, true}) {
      for (const auto& hook : hooks) {
        if (hook.last != last || hook.output_nr >= gradients.size() || !gradients[hook.output_nr].defined()) continue;
        Tensor replaced = hook.hook(gradients[hook.output_nr]);
        if (replaced.defined()) gradients[hook.output_nr] = std::move(replaced);
      }
    }
  }

  void step(const std::shared_ptr<Node>& node) {
    Pending& slot = pending_[node.get()];
    TensorList gradients = std::move(slot.gradients);
    slot.owned.clear();
    gradients.resize(std::max<std::size_t>(node->output_metas.size(), 1));
    for (std::size_t i = 0; i < node->output_metas.size(); ++i) {
      if (gradients[i].defined()) gradients[i] = cast_gradient(gradients[i], node->output_metas[i]);
    }
    node->prepare(gradients);
    run_output_hooks(*node, gradients);
    for (auto& [id, hook] : node->pre_hooks) hook(gradients);
    bool goes_on = !capturing_;
    if (capturing_) {
      if (const auto it = captures_.find(node.get()); it != captures_.end()) {
        for (const Capture& c : it->second) results_[c.index] = gradients[c.input_nr];
      }
      for (const Edge& edge : node->edges) goes_on = goes_on || (edge && pending_[edge.node.get()].needed);
    }
    if (!goes_on) {
      settle(*node, {});
      return;
    }
    TensorList seen;
    if (!node->post_hooks.empty()) seen = gradients;
    TensorList results = node->apply(std::move(gradients));
    if (anomaly_mode() > 1) check_nan(*node, results);
    for (auto& [id, hook] : node->post_hooks) hook(results, seen);
    if (!keep_graph_) node->release_saved();
    settle(*node, std::move(results));
  }

  void settle(Node& node, TensorList results) {
    for (std::size_t i = 0; i < node.edges.size(); ++i) {
      const Edge& edge = node.edges[i];
      if (!edge) continue;
      if (i < results.size() && pending_[edge.node.get()].needed) {
        deposit(edge, results[i]);
        results[i] = Tensor();  // so that the accumulator sees that nobody else holds it
      }
      --pending_[edge.node.get()].dependencies;
      push_if_ready(edge.node);
    }
  }

  static void check_nan(const Node& node, const TensorList& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!results[i].defined() || !has_nan(results[i])) continue;
      throw Error(fmt::format("Function '{}' returned nan values in its {}th output{}", node.name(), i,
                              node.path.empty() ? "" : "; its forward ran in " + node.path));
    }
  }

  bool keep_graph_;
  bool create_graph_;
  bool capturing_ = false;
  std::unordered_map<Node*, Pending> pending_;
  std::vector<Node*> order_;
  std::unordered_set<Node*> queued_;
  std::unordered_map<Node*, std::vector<Capture>> captures_;
  std::priority_queue<Ready> ready_;
  TensorList results_;
};

void check_root(const Tensor& root, const Tensor& gradient, std::size_t index) {
  if (!root.requires_grad()) {
    throw Error(fmt::format(
        "element {} of tensors does not require grad and does not have a grad_fn; was it computed under no_grad, "
        "or a gradient without create_graph?",
        index));
  }
  if (!gradient.defined()) {
    if (root.numel() != 1) {
      throw Error(
          fmt::format("grad can be implicitly created only for scalar outputs, but this one has shape {}; pass a "
                      "gradient of that shape, "
                      "or reduce it with sum() or mean() first",
                      lamella::to_string(root.shape())));
    }
    return;
  }
  if (!(gradient.shape() == root.shape())) {
    throw Error(
        fmt::format("Mismatch in shape: grad_output[{0}] has a shape of {1} and output[{0}] has a shape of {2}.", index,
                    lamella::to_string(gradient.shape()), lamella::to_string(root.shape())));
  }
}

TensorList differentiate(const TensorList& outputs, const TensorList& inputs, const TensorList& gradients, bool keep,
                         bool create) {
  std::vector<Edge> roots;
  TensorList seeds;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor gradient = i < gradients.size() ? gradients[i] : Tensor();
    check_root(outputs[i], gradient, i);
    roots.push_back(gradient_edge(outputs[i]));
    seeds.push_back(gradient.defined() ? gradient : ones_like_gradient(outputs[i]));
  }
  Engine engine(keep, create);
  for (std::size_t i = 0; i < inputs.size(); ++i) engine.capture(inputs[i], i);
  return engine.run(roots, seeds, inputs.size());
}

}  // namespace

void backward(const TensorList& tensors, const TensorList& gradients, BackwardOptions options) {
  differentiate(tensors, {}, gradients, options.retain_graph.value_or(options.create_graph), options.create_graph);
}

TensorList grad(const TensorList& outputs, const TensorList& inputs, const TensorList& grad_outputs,
                GradOptions options) {
  if (inputs.empty()) throw ValueError("grad requires non-empty inputs.");
  for (const Tensor& input : inputs) {
    if (!input.requires_grad()) throw Error("One of the differentiated Tensors does not require grad");
  }
  TensorList results = differentiate(outputs, inputs, grad_outputs, options.retain_graph.value_or(options.create_graph),
                                     options.create_graph);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].defined() && !options.allow_unused) {
      throw Error(
          fmt::format("The differentiated Tensor at index {} appears to not have been used in the graph. "
                      "Set allow_unused=True if this is the desired behavior.",
                      i));
    }
  }
  return results;
}

}  // namespace lamella
