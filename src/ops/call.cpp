#include "ops/op.h"

#include <cstring>

#include <fmt/format.h>

#include <lamella/autograd.h>
#include <lamella/error.h>

#include "autograd/node.h"
#include "core/thread_state.h"
#include "ops/autocast.h"
#include "ops/view_history.h"

namespace lamella {

const AttributeValue& Attributes::get(const char* name) const {
  for (const Attribute& item : items_) {
    if (item.name == name) return item.value;  // the linker keeps one of equal literals
  }
  for (const Attribute& item : items_) {
    if (std::strcmp(item.name, name) == 0) return item.value;
  }
  throw Error(fmt::format("operator attribute '{}' is missing", name));
}

bool Attributes::has(const char* name) const {
  for (const Attribute& item : items_) {
    if (item.name == name || std::strcmp(item.name, name) == 0) return true;
  }
  return false;
}

void throw_undefined_input(int index, std::size_t count) {
  throw Error(fmt::format("{} is an undefined tensor (default-constructed, or an absent optional result)",
                          count == 1 ? "the input" : fmt::format("input {}", index)));
}

std::string describe(const TensorMeta& meta) {
  return fmt::format("{} {}", to_string(meta.shape), name_of(meta.dtype));
}

RecorderScope::RecorderScope(Recorder* recorder) : previous_(thread_state.recorder) {
  thread_state.recorder = recorder;
}
RecorderScope::~RecorderScope() { thread_state.recorder = previous_; }

namespace {

/// Forwards run below autograd, autocast and the recorder.
class KernelScope {
 public:
  KernelScope() : saved_(thread_state) {
    thread_state.grad_enabled = false;
    thread_state.recorder = nullptr;
    thread_state.autocast = false;
  }
  ~KernelScope() { thread_state = saved_; }
  KernelScope(const KernelScope&) = delete;
  KernelScope& operator=(const KernelScope&) = delete;

 private:
  ThreadState saved_;
};

/// The record of one call on the tape.
class OpNode : public Node {
 public:
  /// `self`: the tensor that an in-place call overwrites, or undefined. Where the backward reads its old values a copy
  /// is kept, with the old history, as torch does.
  OpNode(const OpDef& op, const Attributes& attributes, std::span<const Tensor> inputs, const Tensor& self)
      : op_(op), attributes_(attributes) {
    for (const Tensor& input : inputs) {
      edges.push_back(input.defined() && is_floating_point(input.dtype()) ? gradient_edge(input) : Edge{});
      input_metas_.push_back(input.defined() ? meta(input) : TensorMeta{});
    }
    const RecorderScope unseen(nullptr);  // the copy below is the tape's own affair
    std::uint32_t saves = op.saves_inputs;
    if (op.bilinear && !edges[1]) saves &= ~save(0);
    if (op.bilinear && !edges[0]) saves &= ~save(1);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool overwritten = self.defined() && inputs[i].is_same(self);
      inputs_.push_back((saves >> i & 1U) != 0 ? SavedTensor(overwritten ? self.clone() : inputs[i], false)
                                               : SavedTensor());
      saves_ = saves_ || inputs_.back().defined();
    }
  }

  void save_outputs(std::span<const Tensor> outputs) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      output_metas.push_back(meta(outputs[i]));
      outputs_.push_back((op_.saves_outputs >> i & 1U) != 0
                             ? SavedTensor(outputs[i], (op_.no_grad_outputs >> i & 1U) == 0)
                             : SavedTensor());
      saves_ = saves_ || outputs_.back().defined();
    }
  }

  std::string name() const override {
    std::string result;
    bool upper = true;
    for (const char c : op_.name) {
      if (c == '_') {
        upper = true;
      } else {
        result += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        upper = false;
      }
    }
    return result + "Backward0";  // the number is torch's, which has several for overloads
  }

  TensorList apply(TensorList gradients) override {
    if (released_) {
      throw Error(
          fmt::format("Trying to backward through the graph a second time: what {} saved has been freed by the first "
                      "backward. Specify retain_graph there if you need it again; if a loss or a state was kept from "
                      "an earlier step, detach() it.",
                      op_.name));
    }
    bool any = false;
    for (const Tensor& gradient : gradients) any = any || gradient.defined();
    if (!any) return TensorList(edges.size());
    const auto self = shared_from_this();
    TensorList inputs;
    TensorList outputs;
    SmallVector<bool, 4> needs;
    for (const SavedTensor& saved : inputs_) inputs.push_back(saved.unpack(self, std::string(op_.name)));
    for (const SavedTensor& saved : outputs_) outputs.push_back(saved.unpack(self, std::string(op_.name)));
    for (const Edge& edge : edges) needs.push_back(static_cast<bool>(edge));
    return op_.backward({gradients, inputs, outputs, input_metas_, needs, attributes_.view()});
  }

  void release_saved() override {
    for (SavedTensor& saved : inputs_) saved.reset();
    for (SavedTensor& saved : outputs_) saved.reset();
    released_ = released_ || saves_;
  }

 private:
  const OpDef& op_;
  OwnedAttributes attributes_;
  SmallVector<SavedTensor, 4> inputs_;
  SmallVector<SavedTensor, 3> outputs_;
  SmallVector<TensorMeta, 4> input_metas_;
  bool saves_ = false;
  bool released_ = false;  ///< what was saved; a backward that reads nothing may run any number of times
};

void infer_outputs(const OpDef& op, std::span<const Tensor> inputs, const Attributes& attributes, OutputSpecs& specs) {
  SmallVector<const TensorMeta*, 6> metas;
  Dims offsets;
  for (const Tensor& input : inputs) {
    metas.push_back(input.defined() ? &meta(input) : nullptr);
    offsets.push_back(input.defined() ? impl(input).offset : 0);
  }
  op.infer({metas, offsets, attributes}, specs);
}

PhysicalOrder choose_order(const OpDef& op, const OutputSpec& spec, std::span<const Tensor> inputs) {
  if (op.order == OrderPolicy::kPlain || !spec.strides.empty() || spec.shape.size() < 3) return PhysicalOrder::plain();
  if (op.order == OrderPolicy::kChannelsLast) return PhysicalOrder::channels_last(spec.shape);
  for (const Tensor& input : inputs) {
    if (!input.defined() || impl(input).storage->is_plain() || !(meta(input).shape == spec.shape)) continue;
    if (meta(input).is_contiguous()) return PhysicalOrder::channels_last(spec.shape);
  }
  return PhysicalOrder::plain();
}

bool wants_grad(const OpDef& op, std::span<const Tensor> inputs) {
  if (!thread_state.grad_enabled || op.backward == nullptr) return false;
  for (const Tensor& input : inputs) {
    if (input.defined() && input.requires_grad()) return true;
  }
  return false;
}

/// Whether the result may stand in inputs[0]: an elementwise pass over a tensor that nobody will look at again.
bool may_overwrite(const OpDef& op, const OutputSpec& spec, std::span<const Tensor> inputs) {
  if (!op.overwrites || thread_state.recorder != nullptr) return false;
  const TensorImpl& first = impl(inputs[0]);
  return first.use_count() == 1 && first.storage->use_count() == 1 && !first.storage->exposed() &&
         first.autograd == nullptr && first.offset == 0 && first.meta.dtype == spec.dtype &&
         first.meta.shape == spec.shape &&
         (spec.strides.empty() ? first.meta.is_contiguous() : first.meta.strides == spec.strides);
}

Tensor make_output(const OpDef& op, OutputSpec& spec, std::span<const Tensor> inputs) {
  if (spec.alias_of < 0) {
    const PhysicalOrder order = choose_order(op, spec, inputs);
    Tensor output = allocate({std::move(spec.shape), std::move(spec.strides), spec.dtype, {}, false}, order);
    impl(output).inference = thread_state.inference;
    return output;
  }
  const Tensor& source = inputs[static_cast<std::size_t>(spec.alias_of)];
  Tensor view = alias(source, std::move(spec.shape), std::move(spec.strides), spec.offset);
  impl(view).own_version = impl(source).own_version;
  impl(view).inference = impl(source).inference;
  return view;
}

/// `outputs` is empty. `counted`: the inputs are the caller's handles, not borrowed ones, so that their counts say who
/// else holds them.
void run(const OpDef& op, std::span<const Tensor> inputs, bool counted, const Attributes& attributes,
         TensorList& outputs) {
  OutputSpecs specs;
  infer_outputs(op, inputs, attributes, specs);
  const bool recorded = wants_grad(op, inputs);
  const bool in_place = counted && !recorded && may_overwrite(op, specs[0], inputs);
  for (OutputSpec& spec : specs) {
    outputs.push_back(in_place && outputs.empty() ? inputs[0] : make_output(op, spec, inputs));
  }
  std::shared_ptr<OpNode> node;
  if (recorded) node = make_node<OpNode>(op, attributes, inputs, Tensor());
  if (op.forward != nullptr) {
    const KernelScope scope;
    op.forward({inputs, outputs, attributes});
  }
  if (node) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if ((op.no_grad_outputs >> i & 1U) == 0 && is_floating_point(outputs[i].dtype()))
        set_history(outputs[i], node, static_cast<std::uint32_t>(i));
    }
    node->save_outputs(outputs);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (specs[i].alias_of >= 0) track_view(outputs[i], inputs[static_cast<std::size_t>(specs[i].alias_of)]);
  }
  if (thread_state.recorder != nullptr) thread_state.recorder->record(op, inputs, attributes, outputs, false);
}

}  // namespace

TensorList call_all(const OpDef& op, std::span<const Tensor> inputs, const Attributes& attributes) {
  TensorList outputs;
  if (autocasts(op.autocast)) {
    run(op, autocast_inputs(op.autocast, inputs), true, attributes, outputs);
  } else {
    run(op, inputs, true, attributes, outputs);
  }
  return outputs;
}

Tensor call(const OpDef& op, BorrowedTensors inputs, const Attributes& attributes) {
  TensorList outputs;
  if (autocasts(op.autocast)) {
    run(op, autocast_inputs(op.autocast, inputs), true, attributes, outputs);
  } else {
    run(op, inputs, false, attributes, outputs);
  }
  return std::move(outputs[0]);
}

const Tensor& call_inplace(const OpDef& op, const Tensor& self, BorrowedTensors list, const Attributes& attributes) {
  const std::span<const Tensor> inputs = list;
  OutputSpecs specs;
  infer_outputs(op, inputs, attributes, specs);
  check_inplace_result(op.name, self, specs[0].shape, specs[0].dtype);
  const bool differentiable = wants_grad(op, inputs) || (thread_state.grad_enabled && self.requires_grad());
  if (differentiable) check_inplace_allowed(op.name, self);
  if (thread_state.grad_enabled) check_tracked(op.name, self, differentiable);
  std::shared_ptr<OpNode> node;
  if (differentiable) node = make_node<OpNode>(op, attributes, inputs, self);
  const TensorList outputs{self};
  {
    const KernelScope scope;
    op.forward({inputs, outputs, attributes});
  }
  self.bump_version();
  if (node) {
    rebase_history(self, node);
    node->save_outputs(outputs);
  }
  if (thread_state.recorder != nullptr) thread_state.recorder->record(op, inputs, attributes, outputs, true);
  return self;
}

}  // namespace lamella
