// A tape of the operators that ran, which can run them again.
#pragma once

#include <vector>

#include <lamella/autograd.h>

#include "ops/op.h"

namespace lamella::testing {

class Recording : public Recorder {
 public:
  void record(const OpDef& op, std::span<const Tensor> inputs, const Attributes& attributes,
              std::span<const Tensor> outputs, bool in_place) override {
    calls_.push_back({&op, TensorList(inputs), attributes, TensorList(outputs), in_place});
  }
  std::size_t size() const { return calls_.size(); }
  const OpDef& op(std::size_t i) const { return *calls_[i].op; }

  /// Runs all calls again, in order, each on what the calls before it now give, and on the very tensors that came from
  /// outside. Returns the outputs of every call.
  std::vector<TensorList> replay() const {
    const NoGradGuard guard;
    std::vector<TensorList> outputs;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const Call& call = calls_[i];
      TensorList inputs;
      for (const Tensor& input : call.inputs) inputs.push_back(substitute(input, i, outputs));
      outputs.push_back(call.in_place ? again_in_place(call, inputs) : call_all(*call.op, inputs, call.attributes));
    }
    return outputs;
  }
  const TensorList& outputs(std::size_t i) const { return calls_[i].outputs; }

 private:
  struct Call {
    const OpDef* op;
    TensorList inputs;
    OwnedAttributes attributes;
    TensorList outputs;
    bool in_place;
  };

  /// What the latest call before `end` that made `tensor` makes of it now.
  Tensor substitute(const Tensor& tensor, std::size_t end, const std::vector<TensorList>& outputs) const {
    for (std::size_t i = end; tensor.defined() && i-- > 0;) {
      for (std::size_t k = 0; k < calls_[i].outputs.size(); ++k) {
        if (calls_[i].outputs[k].is_same(tensor)) return outputs[i][k];
      }
    }
    return tensor;
  }

  static TensorList again_in_place(const Call& call, const TensorList& x) {
    switch (x.size()) {
      case 1:
        return {call_inplace(*call.op, x[0], {x[0]}, call.attributes)};
      case 2:
        return {call_inplace(*call.op, x[0], {x[0], x[1]}, call.attributes)};
      default:
        return {call_inplace(*call.op, x[0], {x[0], x[1], x[2]}, call.attributes)};
    }
  }

  std::vector<Call> calls_;
};

}  // namespace lamella::testing
