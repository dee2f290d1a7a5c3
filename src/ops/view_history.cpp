#include "ops/view_history.h"

#include <fmt/format.h>

#include <lamella/error.h>

#include "core/thread_state.h"
#include "ops/as_strided.h"

namespace lamella {

namespace {

/// Where a view's elements stand relative to its base's first element, in a buffer with the base's strides.
StridedGeometry geometry_in(const Tensor& view, const Tensor& base) {
  return {view.shape(), view.strides(), view.storage_offset() - base.storage_offset()};
}

/// The gradient of a view's elements scattered into the base's shape.
class ViewNode : public Node {
 public:
  ViewNode(const Tensor& view, const Tensor& base) : base_(meta(base)), geometry_(geometry_in(view, base)) {
    edges.push_back(gradient_edge(base));
    output_metas.push_back(meta(view));
  }
  std::string name() const override { return "AsStridedBackward"; }
  TensorList apply(TensorList gradients) override {
    if (!gradients[0].defined()) return TensorList(1);
    return {as_strided_backward(gradients[0], base_, geometry_)};
  }

 private:
  TensorMeta base_;
  StridedGeometry geometry_;
};

/// base with one slice replaced by what `writer` computed from the slice's old values and other inputs.
class CopySlices : public Node {
 public:
  CopySlices(const Tensor& view, const Tensor& base, std::shared_ptr<Node> writer)
      : base_(meta(base)), geometry_(geometry_in(view, base)), writer_(std::move(writer)) {
    edges.push_back(gradient_edge(base));
    for (std::size_t i = 1; i < writer_->edges.size(); ++i) edges.push_back(writer_->edges[i]);
    output_metas.push_back(base_);
  }
  std::string name() const override { return "CopySlices"; }
  TensorList apply(TensorList gradients) override {
    if (!gradients[0].defined()) return TensorList(edges.size());
    const Tensor whole = with_strides(gradients[0], base_);
    TensorList results = writer_->apply({whole.as_strided(geometry_.shape, geometry_.strides, geometry_.offset)});
    Tensor slice = results.empty() ? Tensor() : results[0];
    results.resize(edges.size());
    results[0] = edges[0] ? as_strided_scatter(whole, slice, geometry_) : Tensor();
    return results;
  }
  void release_saved() override { writer_->release_saved(); }

 private:
  TensorMeta base_;
  StridedGeometry geometry_;
  std::shared_ptr<Node> writer_;
};

}  // namespace

std::shared_ptr<Node> view_node(const Tensor& view, const Tensor& base) { return make_node<ViewNode>(view, base); }

void track_view(const Tensor& view, const Tensor& source) {
  if (!is_floating_point(view.dtype())) return;
  if (!thread_state.grad_enabled) {
    using Untracked = TensorImpl::Untracked;
    const bool variable = source.requires_grad() || impl(source).untracked == Untracked::kViewOfVariable;
    impl(view).untracked = variable ? Untracked::kViewOfVariable : Untracked::kViewOfConstant;
    return;
  }
  GradMeta& data = grad_meta(view);
  const GradMeta* origin = find_grad_meta(source);
  data.base = origin != nullptr && origin->base.defined() ? origin->base : source;
  data.view_version = view.version();
}

void check_inplace_result(std::string_view op, const Tensor& self, const Dims& shape, DType dtype) {
  if (!(self.shape() == shape)) {
    throw Error(fmt::format("{}_: output with shape {} doesn't match the broadcast shape {}", op,
                            to_string(self.shape()), to_string(shape)));
  }
  if (!can_cast(dtype, self.dtype())) {
    throw Error(fmt::format("{}_: result type {} can't be cast to the desired output type {}", op, name_of(dtype),
                            name_of(self.dtype())));
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1 && self.strides()[i] == 0) {
      throw Error(
          fmt::format("{}_: unsupported operation: more than one element of the written-to tensor refers to a single "
                      "memory location "
                      "(shape {}, strides {}). Please clone() the tensor before performing the operation.",
                      op, to_string(shape), to_string(self.strides())));
    }
  }
}

void check_inplace_allowed(std::string_view op, const Tensor& self) {
  if (self.requires_grad() && self.is_leaf()) {
    throw Error(
        fmt::format("{}_: a leaf tensor of shape {} that requires grad is being used in an in-place operation. Write "
                    "to it where recording is off (no_grad), or use the out-of-place form.",
                    op, to_string(self.shape())));
  }
  const GradMeta* data = find_grad_meta(self);
  if (data != nullptr && data->base.defined() && data->base.requires_grad() && data->base.is_leaf()) {
    throw Error(fmt::format(
        "{}_: a view of a leaf tensor that requires grad is being used in an in-place operation. Write to it where "
        "recording is off (no_grad), or use the out-of-place form.",
        op));
  }
}

void check_tracked(std::string_view op, const Tensor& self, bool differentiable) {
  using Untracked = TensorImpl::Untracked;
  const Untracked untracked = impl(self).untracked;
  if (untracked == Untracked::kNo || (untracked == Untracked::kViewOfConstant && !differentiable)) return;
  throw Error(
      fmt::format("{}_: a view was created in no_grad mode and is being modified inplace with grad mode enabled, where "
                  "its base would not learn of the write. Make the view outside of no_grad, or write inside of it.",
                  op));
}

void rebase_history(const Tensor& self, const std::shared_ptr<Node>& node) {
  GradMeta& data = grad_meta(self);
  if (!data.base.defined()) {
    set_history(self, node, 0);
    return;
  }
  set_history(data.base, make_node<CopySlices>(self, data.base, node), 0);
  data.view_version = self.version() - 1;  // stale: made anew from the base's history at the next look
}

}  // namespace lamella
