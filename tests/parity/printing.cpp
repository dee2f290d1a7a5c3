// Tensors and how they print.
#include <limits>

#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "parity/archive.h"

namespace lamella::parity {

namespace {

/// `python` makes the same tensor of `a`, which is `tensor` without its history.
void write_print(Archive& archive, const Tensor& tensor, std::string_view python = "a") {
  Record record("print");
  record.text("torch", python).json("tensor", archive.view(tensor.detach())).text("printed", tensor.to_string());
  archive.write(record);
}

}  // namespace

void write_printing(Archive& archive) {
  Generator generator(11);
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Dims shapes[] = {{},   {1},     {3},   {2, 3}, {2, 3, 4}, {2, 1, 3, 2}, {0},      {0, 3},      {2, 0},
                         {30}, {5, 17}, {999}, {1000}, {1001},    {40, 30},     {7, 200}, {12, 9, 11}, {1, 1, 1, 1}};
  const double scales[] = {1, 1e-3, 1e-6, 1e4, 1e9, 1e-12, 123.456, 1e30};
  for (const Dims& shape : shapes) {
    for (const double scale : scales) write_print(archive, randn(shape, {.generator = &generator}) * scale);
    write_print(archive, randn(shape, {.dtype = DType::kFloat64, .generator = &generator}));
    write_print(archive, round(randn(shape, {.generator = &generator}) * 10));
    write_print(archive, round(randn(shape, {.generator = &generator}) * 1e8));
    write_print(archive, exp(randn(shape, {.generator = &generator}) * 4));
    for (const DType type : {DType::kInt64, DType::kInt32, DType::kInt16, DType::kInt8, DType::kUInt8, DType::kBool,
                             DType::kFloat16, DType::kBFloat16}) {
      write_print(archive, randint(-100, 100, shape, {.generator = &generator}).to(type));
      if (is_floating_point(type)) write_print(archive, randn(shape, {.generator = &generator}).to(type));
    }
  }
  const std::vector<std::vector<double>> lists = {
      {inf},       {nan},     {-inf, 1},   {nan, 0.5, 1e10}, {nan, 1},     {0.0},
      {-0.0},      {0, 1e-5}, {1, 1e-5},   {0.1, 1000},      {0.1, 100.1}, {1e8},
      {1.00001e8}, {99999.5}, {1e-4},      {9.9e-5},         {0.5, inf},   {1, 2, inf, nan},
      {2.5e-45},   {1e38},    {123456789}, {0.99999999}};
  for (const auto& list : lists) {
    write_print(archive, tensor(list).to(DType::kFloat32));
    write_print(archive, tensor(list));
  }
  const Tensor leaf = randn({2, 3}, {.generator = &generator}).requires_grad_();
  write_print(archive, leaf, "a.requires_grad_()");
  write_print(archive, relu(leaf), "torch.relu(a.requires_grad_())");
  write_print(archive, leaf.to(DType::kFloat64).detach().requires_grad_(), "a.requires_grad_()");
  const Tensor wide = randn({2, 9}, {.dtype = DType::kFloat64, .generator = &generator}).requires_grad_();
  write_print(archive, wide, "a.requires_grad_()");
  write_print(archive, tanh(wide), "torch.atanh(a.detach()).requires_grad_().tanh()");
  write_print(archive, leaf.detach().t(), "a");
  write_print(archive, tensor(1.5).expand({2, 3}), "a");
}

}  // namespace lamella::parity
