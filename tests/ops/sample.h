// The sample record of an operator: how it is called here and in PyTorch, on which inputs, and how close the results
// are.
//
// One record drives the tests of forward, derivatives, memory orders and replay (ops/samples_test.cpp), and the
// comparison with PyTorch (tests/parity). A new operator adds its record to <family>_samples.h and has them all.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <lamella/ops/index.h>
#include <lamella/ops/pool.h>
#include <lamella/ops/reduce.h>
#include <lamella/tensor.h>

namespace lamella::testing {

/// What an input's numbers are like. All are drawn from a generator of a fixed seed.
enum class Values : std::uint8_t {
  kNormal,    ///< standard normal; integers are in [-5, 5]
  kPositive,  ///< in [0.5, 2]; integers are in [1, 5]
  kUnit,      ///< in [0.05, 0.95]
  kDistinct,  ///< all different, in (-3, 3), none at a multiple of a half: no ties, no kinks
  kSpecial,   ///< zeros of both signs, infinities, NaN, huge and tiny numbers
  kBool,
  kIndex,  ///< int64 in [0, limit)
  kAbsent  ///< an undefined tensor
};

struct Input {
  Values values = Values::kNormal;
  Dims shape = {};
  std::int64_t limit = 0;           ///< of indices
  bool wants_grad = true;           ///< of floating-point numbers
  std::optional<DType> dtype = {};  ///< instead of the sample's

  bool is_number() const { return values <= Values::kSpecial; }
  Input constant() const {
    Input copy = *this;
    copy.wants_grad = false;
    return copy;
  }
  Input of(DType type) const {
    Input copy = constant();
    copy.dtype = type;
    return copy;
  }
};

inline Input normal(Dims shape) { return {Values::kNormal, std::move(shape)}; }
inline Input positive(Dims shape) { return {Values::kPositive, std::move(shape)}; }
inline Input unit(Dims shape) { return {Values::kUnit, std::move(shape)}; }
inline Input distinct(Dims shape) { return {Values::kDistinct, std::move(shape)}; }
inline Input special() { return Input{Values::kSpecial, {16}}.constant(); }
inline Input boolean(Dims shape) { return {Values::kBool, std::move(shape)}; }
inline Input index(std::int64_t limit, Dims shape) { return {Values::kIndex, std::move(shape), limit}; }
inline Input absent() { return {Values::kAbsent}; }

using Function = std::function<TensorList(const TensorList&)>;

/// One way to call an operator. In the Python expression a, b, c … are the inputs, F is torch.nn.functional.
struct Sample {
  std::string torch;
  Function call;
  std::vector<Input> inputs;
  bool raises = false;
};

inline TensorList results(Tensor tensor) { return {std::move(tensor)}; }
inline TensorList results(TensorList list) { return list; }
inline TensorList results(const ValuesIndices& pair) { return {pair.values, pair.indices}; }
inline TensorList results(const PooledIndices& pair) { return {pair.values, pair.indices}; }
inline TensorList results(const SortedIndices& pair) { return {pair.values, pair.indices}; }

struct Operator {
  std::string name;
  std::vector<Sample> samples = {};
  std::vector<DType> dtypes = {DType::kFloat32, DType::kFloat64};
  /// The distance from PyTorch's values that is allowed, in multiples of torch.testing.assert_close's, and why.
  double tolerance = 1;
  std::string reason = {};
  bool layouts = true;      ///< the samples run with strided inputs too
  bool replays = true;      ///< no call changes the geometry of an earlier call's result
  bool differences = true;  ///< derivatives can be held against differences, and to the second order

  /// `function` takes one tensor an input and returns a tensor, a list of tensors, or values with indices.
  template <typename Fn, typename... Inputs>
  Operator& sample(std::string torch, Fn function, Inputs... inputs) {
    samples.push_back({std::move(torch), wrap(std::move(function), std::index_sequence_for<Inputs...>()), {inputs...}});
    return *this;
  }
  /// A call that both refuse.
  template <typename Fn, typename... Inputs>
  Operator& error(std::string torch, Fn function, Inputs... inputs) {
    sample(std::move(torch), std::move(function), std::move(inputs)...);
    samples.back().raises = true;
    return *this;
  }
  Operator& types(std::vector<DType> list) {
    dtypes = std::move(list);
    return *this;
  }
  Operator& within(double times, std::string why) {
    tolerance = times;
    reason = std::move(why);
    return *this;
  }
  Operator& plain_only() {
    layouts = false;
    return *this;
  }
  Operator& without_replay() {
    replays = false;
    return *this;
  }
  Operator& without_differences() {
    differences = false;
    return *this;
  }

 private:
  template <typename Fn, std::size_t... I>
  static Function wrap(Fn function, std::index_sequence<I...>) {
    return
        [function = std::move(function)]([[maybe_unused]] const TensorList& x) { return results(function(x[I]...)); };
  }
};

/// The records of all families, in the order of their headers.
class Operators {
 public:
  Operator& add(std::string name) { return list_.emplace_back(Operator{std::move(name)}); }
  const std::deque<Operator>& list() const { return list_; }

 private:
  std::deque<Operator> list_;  // records are filled through references while others are added
};

inline const std::vector<DType> kFloats = {DType::kFloat32, DType::kFloat64, DType::kBFloat16, DType::kFloat16};
inline const std::vector<DType> kNumbers = {DType::kFloat32, DType::kFloat64, DType::kBFloat16, DType::kFloat16,
                                            DType::kInt64,   DType::kInt32,   DType::kUInt8};
inline const std::vector<DType> kEverything = {DType::kFloat32, DType::kFloat64, DType::kBFloat16, DType::kFloat16,
                                               DType::kInt64,   DType::kInt32,   DType::kInt16,    DType::kInt8,
                                               DType::kUInt8,   DType::kBool};
inline const std::vector<DType> kIntegers = {DType::kInt64, DType::kInt32, DType::kInt16, DType::kInt8, DType::kUInt8};

using T = const Tensor&;

}  // namespace lamella::testing
