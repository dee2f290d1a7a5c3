// Samples of include/lamella/ops/metadata.h.
#pragma once

#include <lamella/ops/arithmetic.h>
#include <lamella/ops/metadata.h>

#include "ops/sample.h"

namespace lamella::testing {

inline void add_metadata_samples(Operators& all) {
  all.add("squeeze_")
      .without_replay()
      .types(kEverything)
      .sample(
          "a.clone().squeeze_()", [](T a) { return squeeze_(a.clone()); }, normal({3, 1, 5, 1}))
      .sample(
          "a.clone().squeeze_(1)", [](T a) { return squeeze_(a.clone(), {1}); }, normal({3, 1, 5, 1}))
      .sample(
          "a.clone().squeeze_((1, 2))", [](T a) { return squeeze_(a.clone(), {1, 2}); }, normal({3, 1, 5, 1}))
      .error("a.squeeze_()", [](T a) { return squeeze_(a); }, normal({3, 1}));
  all.add("unsqueeze_")
      .without_replay()
      .types(kEverything)
      .sample(
          "a.clone().unsqueeze_(1)", [](T a) { return unsqueeze_(a.clone(), 1); }, normal({3, 4}))
      .sample(
          "a.clone()[1].unsqueeze_(-1)", [](T a) { return unsqueeze_(a.clone().select(0, 1), -1); }, normal({3, 4}))
      .error(
          "a.clone().unsqueeze_(3)", [](T a) { return unsqueeze_(a.clone(), 3); }, normal({3}))
      .error("a.unsqueeze_(0)", [](T a) { return unsqueeze_(a, 0); }, normal({3, 1}));
  all.add("transpose_")
      .without_replay()
      .types(kEverything)
      .sample(
          "a.clone().transpose_(0, -1)", [](T a) { return transpose_(a.clone(), 0, -1); }, normal({2, 3, 4}))
      .sample(
          "a.clone().transpose_(1, 3).transpose_(0, 1)",
          [](T a) { return transpose_(transpose_(a.clone(), 1, 3), 0, 1); }, normal({2, 3, 4, 5}));
  all.add("t_")
      .without_replay()
      .types(kEverything)
      .sample("a.clone().t_()", [](T a) { return t_(a.clone()); }, normal({2, 3}));
  const auto as = [](DType dtype) { return [=](T a) { return view_dtype(a, dtype); }; };
  const Input numbers = normal({3, 8}).of(DType::kFloat32);
  all.add("view_dtype")
      .plain_only()
      .sample("a.view(torch.int32)", as(DType::kInt32), numbers)
      .sample("a.view(torch.uint8)", as(DType::kUInt8), numbers)
      .sample("a.view(torch.int64)", as(DType::kInt64), numbers)
      .sample(
          "a[:, 2:6].view(torch.float64)", [=](T a) { return view_dtype(a.narrow(1, 2, 4), DType::kFloat64); }, numbers)
      .error("a.view(torch.int64)", as(DType::kInt64), normal({3, 7}).of(DType::kFloat32))
      .error("a.view(torch.int64)", as(DType::kInt64), normal({}).of(DType::kFloat32));
  const auto resized = [](Dims shape) {
    return [=](T a) { return resize_(a.clone(MemoryFormat::kContiguous), shape); };
  };
  all.add("resize_")
      .without_replay()
      .types(kEverything)
      .sample("a.clone(memory_format=torch.contiguous_format).resize_(2, 5)", resized({2, 5}),
              normal({3, 4}).constant())
      .sample(
          "a.clone(memory_format=torch.contiguous_format).resize_(5, 3)[:4]",
          [=](T a) { return resized({5, 3})(a).narrow(0, 0, 4); }, normal({3, 4}).constant())
      .error("a.clone().resize_(3)", [](T a) { return resize_(a.clone(), {3}); }, normal({3, 4}));
}

}  // namespace lamella::testing
