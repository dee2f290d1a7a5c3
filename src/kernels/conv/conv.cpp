#include "kernels/conv/conv.h"

#include <array>
#include <string>

#include <lamella/error.h>

#include "kernels/conv/depthwise.h"
#include "kernels/conv/direct.h"
#include "kernels/conv/narrow.h"
#include "kernels/conv/weight_gradient.h"
#include "kernels/conv/winograd.h"

namespace lamella::kernels {
namespace {

template <typename Row, typename T>
const Row* choose(std::span<const Row> rows, const ConvPlan<T>& plan, std::string_view name) {
  for (const Row& row : rows) {
    if ((name.empty() || row.name == name) && row.applies(plan)) return &row;
  }
  throw ValueError("convolution: no kernel of the name \"" + std::string(name) + "\" applies to this shape");
}

template <typename T, template <typename> class Row>
constexpr CorrelationRow<T> correlation_row(std::string_view name) {
  return {name, &Row<T>::applies, &Row<T>::tile, &Row<T>::packed_elements, &Row<T>::pack, &Row<T>::run};
}

template <typename T, template <typename> class Row>
constexpr WeightGradientRow<T> weight_gradient_row(std::string_view name) {
  return {name, &Row<T>::applies, &Row<T>::tile, &Row<T>::run};
}

}  // namespace

template <>
std::span<const CorrelationRow<float>> correlation_rows() {
  static constexpr std::array rows = {
      CorrelationRow<float>{"winograd-fused", &FusedWinogradConv::applies, &FusedWinogradConv::tile,
                            &FusedWinogradConv::packed_elements, &FusedWinogradConv::pack, &FusedWinogradConv::run,
                            true},
      CorrelationRow<float>{"winograd", &WinogradConv::applies, &WinogradConv::tile, &WinogradConv::packed_elements,
                            &WinogradConv::pack, &WinogradConv::run},
      correlation_row<float, DepthwiseConv>("depthwise"),
      correlation_row<float, NarrowConv>("narrow"),
      correlation_row<float, DirectConv>("direct"),
  };
  return rows;
}

template <>
std::span<const CorrelationRow<double>> correlation_rows() {
  static constexpr std::array rows = {
      correlation_row<double, DepthwiseConv>("depthwise"),
      correlation_row<double, NarrowConv>("narrow"),
      correlation_row<double, DirectConv>("direct"),
  };
  return rows;
}

template <>
std::span<const WeightGradientRow<float>> weight_gradient_rows() {
  static constexpr std::array rows = {
      WeightGradientRow<float>{"winograd", &WinogradWeightGradient::applies, &WinogradWeightGradient::tile,
                               &WinogradWeightGradient::run},
      weight_gradient_row<float, DepthwiseWeightGradient>("depthwise"),
      weight_gradient_row<float, WindowWeightGradient>("window"),
      weight_gradient_row<float, PixelsWeightGradient>("pixels"),
  };
  return rows;
}

template <>
std::span<const WeightGradientRow<double>> weight_gradient_rows() {
  static constexpr std::array rows = {
      weight_gradient_row<double, DepthwiseWeightGradient>("depthwise"),
      weight_gradient_row<double, WindowWeightGradient>("window"),
      weight_gradient_row<double, PixelsWeightGradient>("pixels"),
  };
  return rows;
}

template <typename T>
ConvPlan<T> make_conv_plan(const ConvShape& shape, ConvDirection direction, ConvPrecision precision,
                           std::string_view row_name) {
  check(shape);
  ConvPlan<T> plan;
  plan.shape = shape;
  plan.direction = direction;
  plan.precision = precision;
  plan.target = cpu_target();
  if (direction == ConvDirection::kWeightGradient) {
    plan.weight_gradient = choose(weight_gradient_rows<T>(), plan, row_name);
  } else {
    plan.correlation = choose(correlation_rows<T>(), plan, row_name);
  }
  return plan;
}

template <typename T>
std::int64_t packed_elements(const ConvPlan<T>& plan) {
  return plan.correlation->packed_elements(plan);
}

template <typename T>
void pack(const ConvPlan<T>& plan, const T* weight, T* packed) {
  plan.correlation->pack(plan, weight, packed);
}

template <typename T>
void forward(const ConvPlan<T>& plan, const T* x, const T* packed, T* y, const ConvEpilogue<T>& epilogue) {
  plan.correlation->run(plan, x, packed, y, epilogue);
}

template <typename T>
void input_gradient(const ConvPlan<T>& plan, const T* dy, const T* packed, T* dx, const ConvEpilogue<T>& epilogue) {
  plan.correlation->run(plan, dy, packed, dx, epilogue);
}

template <typename T>
void weight_gradient(const ConvPlan<T>& plan, const T* x, const T* dy, T* dw, bool accumulate) {
  plan.weight_gradient->run(plan, x, dy, dw, accumulate);
}

#define LAMELLA_INSTANTIATE(T)                                                                           \
  template ConvPlan<T> make_conv_plan(const ConvShape&, ConvDirection, ConvPrecision, std::string_view); \
  template std::int64_t packed_elements(const ConvPlan<T>&);                                             \
  template void pack(const ConvPlan<T>&, const T*, T*);                                                  \
  template void forward(const ConvPlan<T>&, const T*, const T*, T*, const ConvEpilogue<T>&);             \
  template void input_gradient(const ConvPlan<T>&, const T*, const T*, T*, const ConvEpilogue<T>&);      \
  template void weight_gradient(const ConvPlan<T>&, const T*, const T*, T*, bool);
LAMELLA_INSTANTIATE(float)
LAMELLA_INSTANTIATE(double)
#undef LAMELLA_INSTANTIATE

}  // namespace lamella::kernels
