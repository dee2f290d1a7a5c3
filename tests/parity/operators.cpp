// Every sample of every operator: inputs, results, and first and second derivatives.
#include <lamella/autograd.h>
#include <lamella/error.h>

#include "ops/all_samples.h"
#include "ops/sample_inputs.h"
#include "parity/archive.h"

namespace lamella::parity {

namespace {

using testing::Layout;
using testing::Operator;
using testing::Sample;

TensorList random_like(const TensorList& tensors, std::uint64_t seed) {
  Generator generator(seed);
  TensorList weights;
  for (const Tensor& t : tensors) {
    const bool used = t.defined() && t.requires_grad();
    weights.push_back(used ? randn(t.shape(), {.dtype = DType::kFloat64, .generator = &generator}).to(t.dtype())
                           : Tensor());
  }
  return weights;
}

TensorList only(const TensorList& list, const TensorList& where_defined) {
  TensorList result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (where_defined[i].defined()) result.push_back(list[i]);
  }
  return result;
}

/// The derivatives of the outputs, weighted by numbers that the reader gets too; and those of these, weighted again.
void write_derivatives(Archive& archive, Record& record, const TensorList& inputs, const TensorList& outputs,
                       bool second) {
  const TensorList weights = random_like(outputs, 7);
  const TensorList roots = only(outputs, weights);
  if (roots.empty()) return;
  TensorList wanted;
  for (const Tensor& input : inputs) {
    if (input.defined() && input.requires_grad()) wanted.push_back(input);
  }
  const GradOptions options{.retain_graph = true, .create_graph = second, .allow_unused = true};
  const TensorList gradients = grad(roots, wanted, only(weights, weights), options);
  record.json("weights", archive.values(weights)).json("gradients", archive.values(gradients));
  if (!second) return;
  const TensorList weights2 = random_like(gradients, 8);
  const TensorList roots2 = only(gradients, weights2);
  record.json("weights2", archive.values(weights2));
  if (roots2.empty()) return;
  record.json("second", archive.values(grad(roots2, wanted, only(weights2, weights2), {.allow_unused = true})));
}

void write_sample(Archive& archive, const Operator& op, const Sample& sample, DType dtype, Layout layout) {
  Record record("operator");
  record.text("operator", op.name)
      .text("torch", sample.torch)
      .text("dtype", name_of(dtype))
      .text("layout", name_of(layout));
  record.number("tolerance", op.tolerance);
  record.json("inputs", archive.views(testing::inputs_of(sample, dtype, layout)));
  const TensorList inputs = testing::inputs_of(sample, dtype, layout, true);
  std::vector<double> wants;
  for (const Tensor& input : inputs) wants.push_back(input.defined() && input.requires_grad() ? 1 : 0);
  record.numbers("wants_grad", wants);
  try {
    const TensorList outputs = sample.call(inputs);
    record.json("outputs", archive.values(outputs));
    write_derivatives(archive, record, inputs, outputs, op.differences && dtype == DType::kFloat64);
  } catch (const std::exception& error) {
    record.text("error", error.what());
  }
  archive.write(record);
}

}  // namespace

void write_operators(Archive& archive) {
  for (const Operator& op : testing::all_operators()) {
    for (const Sample& sample : op.samples) {
      // A call without inputs that vary, or one that is refused, says the same in every dtype.
      const bool varies =
          std::any_of(sample.inputs.begin(), sample.inputs.end(), [](auto& i) { return i.is_number() && !i.dtype; });
      if (!varies || sample.raises) {
        write_sample(archive, op, sample, DType::kFloat32, Layout::kPlain);
        continue;
      }
      for (const DType dtype : op.dtypes) write_sample(archive, op, sample, dtype, Layout::kPlain);
      for (const Layout layout : testing::kLayouts) {
        if (layout == Layout::kPlain || !op.layouts || !testing::has_layout(sample, layout)) continue;
        write_sample(archive, op, sample, DType::kFloat32, layout);
      }
    }
  }
}

}  // namespace lamella::parity
