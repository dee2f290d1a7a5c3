// Differentiation: backward, grad, hooks, graph nodes, modes, and the record of a custom function.
#include <lamella/autocast.h>
#include <lamella/autograd.h>
#include <lamella/error.h>
#include <lamella/ops/create.h>

#include <memory>

#include "autograd/node.h"
#include "callback.h"
#include "core/thread_state.h"
#include "families.h"

namespace lamella::python {

namespace {

/// A node of the graph as Python sees it: tensor.grad_fn.
struct GraphNode {
  std::shared_ptr<Node> node;
};

nb::object node_object(const std::shared_ptr<Node>& node) {
  return node == nullptr ? nb::none() : nb::cast(GraphNode{node});
}

// --- Custom functions ------------------------------------------------------------------------------------------------

/// Runs the backward of a lamella.autograd.Function. What was saved stands in the node, not in the context, so that the
/// graph does not hold itself.
class FunctionNode : public Node {
 public:
  FunctionNode(nb::handle context, std::string name, bool materialize)
      : context_(context), name_(std::move(name)), materialize_(materialize) {}

  std::string name() const override { return name_; }

  void save(const Tensor& tensor, bool is_output) { saved_.emplace_back(tensor, is_output); }

  TensorList apply(TensorList gradients) override {
    if (released_) throw_second_backward();
    if (materialize_) {
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        if (gradients[i].defined()) continue;
        gradients[i] = zeros(output_metas[i].shape, {.dtype = output_metas[i].dtype});
      }
    }
    const nb::gil_scoped_acquire python;
    nb::list saved;
    for (const SavedTensor& tensor : saved_) saved.append(nb::cast(tensor.unpack(shared_from_this(), name_)));
    const nb::object result = context_.get().attr("_run_backward")(nb::tuple(saved), gradients);
    return nb::cast<TensorList>(result);
  }

  void release_saved() override {
    for (SavedTensor& tensor : saved_) tensor.reset();
    released_ = !saved_.empty();
  }

  nb::handle context() const { return context_.get(); }

 private:
  [[noreturn]] void throw_second_backward() const {
    throw Error(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        "been freed) in " +
        name_ +
        ". Specify retain_graph=True if you need to backward through the graph a second time; a loss or state kept "
        "from "
        "the previous step must be detached.");
  }

  KeptObject context_;
  std::string name_;
  bool materialize_;
  std::vector<SavedTensor> saved_;
  bool released_ = false;
};

bool holds(const TensorList& list, const Tensor& tensor) {
  for (const Tensor& item : list) {
    if (item.is_same(tensor)) return true;
  }
  return false;
}

/// Puts a custom function on the tape, and returns its outputs with their history: an output that is an input becomes a
/// view of it, unless it was declared as written to.
TensorList record_function(nb::handle context, const std::string& name, bool materialize, const TensorList& inputs,
                           TensorList outputs, const TensorList& dirty, const TensorList& constant,
                           const TensorList& saved) {
  auto node = make_node<FunctionNode>(context, name, materialize);
  for (const Tensor& input : inputs) {
    node->edges.push_back(is_floating_point(input.dtype()) ? gradient_edge(input) : Edge{});
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Tensor& output = outputs[i];
    const bool given = holds(inputs, output);
    const bool written = holds(dirty, output);
    const Tensor original = output;
    if (output.defined()) node->output_metas.push_back(meta(output));
    if (!output.defined() || !is_floating_point(output.dtype()) || holds(constant, output)) {
      if (!output.defined()) node->output_metas.push_back({});
      if (given && !written) output = output.detach();
      continue;
    }
    if (given && !written) output = output.detach();
    if (written && output.is_leaf() && output.requires_grad()) {
      throw Error("a leaf Variable that requires grad has been used in an in-place operation (" + name + ")");
    }
    if (!given && grad_fn_of(output) != nullptr) output = output.detach();
    set_history(output, node, static_cast<std::uint32_t>(i));
  }
  for (const Tensor& tensor : saved) {
    const bool is_output = tensor.defined() && holds(outputs, tensor);
    node->save(tensor, is_output);
  }
  return outputs;
}

// --- Nodes and hooks -------------------------------------------------------------------------------------------------

void bind_nodes(nb::module_& m) {
  nb::class_<GraphNode>(m, "Node", "An operator in the graph: tensor.grad_fn.")
      .def("name", [](const GraphNode& self) { return self.node->name(); })
      .def("__repr__", [](const GraphNode& self) { return "<" + self.node->name() + " object>"; })
      .def(
          "__eq__", [](const GraphNode& a, const GraphNode& b) { return a.node == b.node; }, nb::is_operator())
      .def("__hash__", [](const GraphNode& self) { return std::hash<void*>()(self.node.get()); })
      .def_prop_ro("next_functions",
                   [](const GraphNode& self) {
                     nb::list next;
                     for (const Edge& edge : self.node->edges) {
                       next.append(nb::make_tuple(node_object(edge.node), edge.input_nr));
                     }
                     return nb::tuple(next);
                   })
      .def_prop_ro("variable",
                   [](const GraphNode& self) {
                     const auto* leaf = dynamic_cast<const AccumulateGrad*>(self.node.get());
                     return leaf != nullptr ? leaf->variable() : Tensor();
                   })
      .def_prop_ro("_context",
                   [](const GraphNode& self) {
                     const auto* function = dynamic_cast<const FunctionNode*>(self.node.get());
                     return function != nullptr ? nb::borrow(function->context()) : nb::none();
                   })
      .def("register_hook",
           [](const GraphNode& self, nb::handle fn) {
             const std::uint64_t id = next_hook_id();
             const auto hook = [kept = KeptObject(fn)](TensorList& inputs, const TensorList& outputs) {
               const nb::gil_scoped_acquire python;
               const nb::object result = kept.get()(inputs, outputs);
               if (!result.is_none()) inputs = nb::cast<TensorList>(result);
             };
             self.node->post_hooks.emplace_back(id, hook);
             return HookHandle([node = std::weak_ptr<Node>(self.node), id] {
               if (const auto held = node.lock())
                 held->post_hooks.remove_if([id](const auto& h) { return h.first == id; });
             });
           })
      .def("register_prehook", [](const GraphNode& self, nb::handle fn) {
        const std::uint64_t id = next_hook_id();
        const auto hook = [kept = KeptObject(fn)](TensorList& outputs) {
          const nb::gil_scoped_acquire python;
          const nb::object result = kept.get()(outputs);
          if (!result.is_none()) outputs = nb::cast<TensorList>(result);
        };
        self.node->pre_hooks.emplace_back(id, hook);
        return HookHandle([node = std::weak_ptr<Node>(self.node), id] {
          if (const auto held = node.lock()) held->pre_hooks.remove_if([id](const auto& h) { return h.first == id; });
        });
      });
  nb::class_<HookHandle>(m, "HookHandle", "Removes a hook; `with handle:` removes it at the end.")
      .def("remove", &HookHandle::remove)
      .def("__enter__", [](nb::object self) { return self; })
      .def("__exit__", [](HookHandle& self, const nb::args&) { self.remove(); });
}

void bind_tensor_hooks(TensorClass& tensor) {
  tensor
      .def(
          "register_hook",
          [](const Tensor& self, nb::handle hook) {
            if (!self.requires_grad()) throw Error("cannot register a hook on a tensor that doesn't require gradient");
            return self.register_hook(
                [kept = KeptObject(hook)](const Tensor& gradient) { return call_hook(kept, gradient); });
          },
          "hook"_a)
      .def(
          "register_post_accumulate_grad_hook",
          [](const Tensor& self, nb::handle hook) {
            return self.register_post_accumulate_grad_hook([kept = KeptObject(hook)](const Tensor& leaf) {
              const nb::gil_scoped_acquire python;
              kept.get()(leaf);
            });
          },
          "hook"_a);
}

/// Gradients given as None, one tensor or a sequence.
TensorList list_of(nb::handle given) {
  if (given.is_none()) return {};
  Tensor one;
  if (unwrap(given.ptr(), one)) return {one};
  return nb::cast<TensorList>(given);
}

void bind_engine(nb::module_& m) {
  m.def("_backward",
        [](const TensorList& tensors, const TensorList& gradients, std::optional<bool> retain, bool create) {
          const LockRelease release(LockRelease::kMinimum);
          backward(tensors, gradients, {.retain_graph = retain, .create_graph = create});
        });
  m.def(
      "_grad",
      [](const TensorList& outputs, const TensorList& inputs, const TensorList& gradients, std::optional<bool> retain,
         bool create, bool allow_unused) {
        const LockRelease release(LockRelease::kMinimum);
        return grad(outputs, inputs, gradients,
                    {.retain_graph = retain, .create_graph = create, .allow_unused = allow_unused});
      },
      "outputs"_a, "inputs"_a, "gradients"_a, "retain"_a.none(), "create"_a, "allow_unused"_a);
  m.def("_list_of", list_of, nb::arg().none());
  m.def("_record_function", record_function);
  using Check =
      std::string (*)(const std::function<TensorList(const TensorList&)>&, const TensorList&, GradcheckOptions);
  const auto check = [](Check run, nb::handle fn, const TensorList& inputs, double eps, double atol, double rtol) {
    return run([fn](const TensorList& given) { return list_of(fn(*nb::tuple(nb::cast(given)))); }, inputs,
               {.eps = eps, .atol = atol, .rtol = rtol});
  };
  m.def("_gradcheck", [check](nb::handle fn, const TensorList& inputs, double eps, double atol, double rtol) {
    return check(&gradcheck, fn, inputs, eps, atol, rtol);
  });
  m.def("_gradgradcheck", [check](nb::handle fn, const TensorList& inputs, double eps, double atol, double rtol) {
    return check(&gradgradcheck, fn, inputs, eps, atol, rtol);
  });
}

/// An AutocastGuard that Python opens and closes.
struct AutocastScope {
  std::unique_ptr<AutocastGuard> guard;
};

void bind_modes(nb::module_& m) {
  nb::class_<AutocastScope>(m, "_AutocastScope")
      .def("__init__",
           [](AutocastScope* self, bool enabled, DType dtype, bool cache) {
             new (self) AutocastScope{std::make_unique<AutocastGuard>(enabled, dtype, cache)};
           })
      .def("close", [](AutocastScope& self) { self.guard.reset(); });
  m.def("is_autocast_enabled", [](nb::handle) { return autocast_enabled(); }, "device_type"_a = nb::none());
  m.def("is_autocast_cpu_enabled", &autocast_enabled);
  m.def("get_autocast_dtype", [](nb::handle) { return autocast_dtype(); }, "device_type"_a = nb::none());
  m.def("get_autocast_cpu_dtype", &autocast_dtype);
  m.def("is_autocast_cache_enabled", &autocast_cache_enabled);
  m.def("clear_autocast_cache", &clear_autocast_cache);
  m.def("is_grad_enabled", &grad_enabled);
  m.def("_set_grad_enabled", [](bool enabled) { thread_state.grad_enabled = enabled; });
  m.def("is_inference_mode_enabled", &inference_mode_enabled);
  m.def("_set_inference", [](bool enabled) { thread_state.inference = enabled; });
  m.def("_anomaly_mode", &anomaly_mode);
  m.def("_set_anomaly_mode", &set_anomaly_mode);
}

}  // namespace

void bind_autograd(const Scope& scope) {
  nb::module_ m = scope.torch;
  TensorClass tensor = scope.tensor;
  bind_nodes(m);
  bind_engine(m);
  bind_modes(m);
  bind_tensor_hooks(tensor);
  scope
      .property("requires_grad", &Tensor::requires_grad,
                [](const Tensor& self, bool value) { self.requires_grad_(value); })
      .method("requires_grad_", &Tensor::requires_grad_, "requires_grad"_a = true)
      .property("is_leaf", &Tensor::is_leaf)
      .method("detach", &Tensor::detach)
      .method("detach_", &Tensor::detach_)
      .method("retain_grad", &Tensor::retain_grad)
      .property("retains_grad", &Tensor::retains_grad)
      .property("_version", &Tensor::version)
      .property("grad_fn", [](const Tensor& self) { return node_object(grad_fn_of(self)); })
      .property("output_nr", [](const Tensor& self) {
        const GradMeta* data = find_grad_meta(self);
        return data != nullptr ? data->output_nr : 0U;
      });
  tensor.def_prop_rw(
      "grad", [](const Tensor& self) { return self.grad(); },
      [](const Tensor& self, const Tensor& gradient) { self.set_grad(gradient); },
      nb::for_setter(nb::arg("gradient").none()));
  tensor.def(
      "backward",
      [](const Tensor& self, const Tensor& gradient, std::optional<bool> retain_graph, bool create_graph,
         nb::handle inputs) {
        if (!inputs.is_none()) {
          nb::module_::import_("lamella.autograd")
              .attr("backward")(self, gradient, retain_graph, create_graph, "inputs"_a = inputs);
          return;
        }
        const LockRelease release(LockRelease::kMinimum, self);
        self.backward(gradient, {.retain_graph = retain_graph, .create_graph = create_graph});
      },
      "gradient"_a.none() = nb::none(), "retain_graph"_a = nb::none(), "create_graph"_a = false,
      "inputs"_a = nb::none());
}

}  // namespace lamella::python
