// An operator is one row; `call` alone infers, allocates, runs, records and traces.
//
// A family's file (src/ops/<family>.cpp) has, for each operator: the check and shape inference, the forward (kernels on
// physical memory), the backward (written with operators only), the row, and the public function, which is one line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <lamella/tensor.h>

#include "core/tensor_impl.h"

namespace lamella {

/// One named attribute's value.
using AttributeValue = std::variant<std::monostate, bool, std::int64_t, double, Scalar, DType, Dims, std::string>;

struct Attribute {
  const char* name;  ///< a literal
  AttributeValue value;
};

/// The attributes of one call, in the order of the operator's own list: a look at what the caller has, since most calls
/// end before anybody would keep them. `OwnedAttributes` keeps them.
class Attributes {
 public:
  Attributes() = default;
  explicit Attributes(std::span<const Attribute> items) : items_(items) {}

  bool flag(const char* name) const { return std::get<bool>(get(name)); }
  std::int64_t integer(const char* name) const { return std::get<std::int64_t>(get(name)); }
  double real(const char* name) const { return std::get<double>(get(name)); }
  const Scalar& scalar(const char* name) const { return std::get<Scalar>(get(name)); }
  DType dtype(const char* name) const { return std::get<DType>(get(name)); }
  const Dims& dims(const char* name) const { return std::get<Dims>(get(name)); }
  const std::string& text(const char* name) const { return std::get<std::string>(get(name)); }
  bool has(const char* name) const;
  std::span<const Attribute> items() const { return items_; }

 private:
  const AttributeValue& get(const char* name) const;
  std::span<const Attribute> items_;
};

/// Attributes that outlive the expression that names them.
class OwnedAttributes {
 public:
  OwnedAttributes() = default;
  OwnedAttributes(std::initializer_list<Attribute> items) : items_(items) {}
  OwnedAttributes(const Attributes& seen) : items_(seen.items()) {}

  void set(const char* name, AttributeValue value) { items_.push_back({name, std::move(value)}); }
  Attributes view() const { return Attributes(items_); }

 private:
  SmallVector<Attribute, 4> items_;
};

/// What an output will be. `alias_of` >= 0: a view of that input, at `offset` (logical elements, absolute).
struct OutputSpec {
  Dims shape;
  Dims strides;  ///< empty: contiguous
  DType dtype = DType::kFloat32;
  int alias_of = -1;
  std::int64_t offset = 0;
};
using OutputSpecs = SmallVector<OutputSpec, 3>;

[[noreturn]] void throw_undefined_input(int index, std::size_t count);

/// The arguments of inference: no data. `inputs[i]` is null where an optional input is absent.
struct InferArgs {
  std::span<const TensorMeta* const> inputs;
  std::span<const std::int64_t> offsets;  ///< storage offsets of the inputs, for views
  const Attributes& attributes;
  /// Raises Error for an undefined tensor, so that no operator gets further with one that it needs.
  const TensorMeta& input(int i) const {
    const TensorMeta* meta = inputs[static_cast<std::size_t>(i)];
    if (meta == nullptr) throw_undefined_input(i, inputs.size());
    return *meta;
  }
  bool has(int i) const {
    return static_cast<std::size_t>(i) < inputs.size() && inputs[static_cast<std::size_t>(i)] != nullptr;
  }
};

/// The arguments of a forward: outputs are allocated, and may be the very input of an in-place call.
struct ForwardArgs {
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  const Attributes& attributes;
  const Tensor& input(int i) const { return inputs[static_cast<std::size_t>(i)]; }
  const Tensor& output(int i = 0) const { return outputs[static_cast<std::size_t>(i)]; }
  bool has(int i) const {
    return static_cast<std::size_t>(i) < inputs.size() && inputs[static_cast<std::size_t>(i)].defined();
  }
};

/// The arguments of a backward. Inputs and outputs are those that the row says are saved (others are undefined
/// tensors); the geometry of all inputs is always there.
struct BackwardArgs {
  std::span<Tensor> grads;          ///< of the outputs; undefined counts as zero
  std::span<const Tensor> inputs;   ///< saved ones
  std::span<const Tensor> outputs;  ///< saved ones
  std::span<const TensorMeta> input_metas;
  std::span<const bool> needs;  ///< which inputs' gradients are wanted
  const Attributes& attributes;
  const Tensor& grad(int i = 0) const { return grads[static_cast<std::size_t>(i)]; }
  /// The gradient itself, no longer held here: an operator that overwrites may then take its memory. Use it last.
  Tensor take_grad(int i = 0) const { return std::move(grads[static_cast<std::size_t>(i)]); }
  const Tensor& input(int i) const { return inputs[static_cast<std::size_t>(i)]; }
  const Tensor& output(int i = 0) const { return outputs[static_cast<std::size_t>(i)]; }
  const TensorMeta& input_meta(int i) const { return input_metas[static_cast<std::size_t>(i)]; }
  bool needs_input(int i) const { return needs[static_cast<std::size_t>(i)]; }
};

enum class OrderPolicy : std::uint8_t {
  kPlain,         ///< outputs in plain order
  kFollow,        ///< as the first input of the same shape that is channels-last (elementwise operators)
  kChannelsLast,  ///< channels-last for 3- to 5-D outputs with contiguous strides (convolution, pooling)
};

/// What autocast makes of an operator's floating-point inputs other than float64 (PyTorch's lists for CPUs).
enum class AutocastPolicy : std::uint8_t {
  kKeep,         ///< nothing
  kLower,        ///< the autocast dtype
  kFloat32,      ///< float32
  kFloat32In3d,  ///< float32 where input 0 has five axes: pooling over three
  kPromote,      ///< float32 where one of them is, the autocast dtype otherwise
};

inline constexpr std::uint32_t kSaveNone = 0;
inline constexpr std::uint32_t kSaveAll = ~0U;
constexpr std::uint32_t save(int i) { return 1U << i; }

struct OpDef {
  std::string_view name;
  /// Checks the arguments (throws) and describes the outputs.
  void (*infer)(const InferArgs& args, OutputSpecs& outputs);
  /// Fills the outputs. Null for views.
  void (*forward)(const ForwardArgs& args);
  /// Gradients of the inputs, in their order; undefined where not wanted. Null: not differentiable.
  TensorList (*backward)(const BackwardArgs& args) = nullptr;
  std::uint32_t saves_inputs = kSaveNone;
  std::uint32_t saves_outputs = kSaveNone;
  bool bilinear = false;              ///< of inputs 0 and 1 each is saved only where the other's gradient is wanted
  bool overwrites = false;            ///< output 0 takes input 0's memory where `call_all` is given its only reference
  std::uint32_t no_grad_outputs = 0;  ///< outputs that carry no gradient (indices, masks)
  OrderPolicy order = OrderPolicy::kFollow;
  AutocastPolicy autocast = AutocastPolicy::kKeep;
};

/// The same operator with an autocast policy: functions that users call have one, derivatives have none.
constexpr OpDef with_autocast(OpDef row, AutocastPolicy policy) {
  row.autocast = policy;
  return row;
}

/// Runs an operator and returns its first output.
Tensor call(const OpDef& op, BorrowedTensors inputs, const Attributes& attributes = {});
inline Tensor call(const OpDef& op, BorrowedTensors inputs, std::initializer_list<Attribute> attributes) {
  return call(op, inputs, Attributes({attributes.begin(), attributes.size()}));
}
inline Tensor call(const OpDef& op, BorrowedTensors inputs, const OwnedAttributes& attributes) {
  return call(op, inputs, attributes.view());
}
/// The same for any list of inputs and several outputs.
TensorList call_all(const OpDef& op, std::span<const Tensor> inputs, const Attributes& attributes = {});
inline TensorList call_all(const OpDef& op, std::span<const Tensor> inputs,
                           std::initializer_list<Attribute> attributes) {
  return call_all(op, inputs, Attributes({attributes.begin(), attributes.size()}));
}
inline TensorList call_all(const OpDef& op, std::span<const Tensor> inputs, const OwnedAttributes& attributes) {
  return call_all(op, inputs, attributes.view());
}
/// Runs it with `self` (which is inputs[0] as well) as the output: shape checks, version, history.
const Tensor& call_inplace(const OpDef& op, const Tensor& self, BorrowedTensors inputs,
                           const Attributes& attributes = {});
inline const Tensor& call_inplace(const OpDef& op, const Tensor& self, BorrowedTensors inputs,
                                  std::initializer_list<Attribute> attributes) {
  return call_inplace(op, self, inputs, Attributes({attributes.begin(), attributes.size()}));
}
inline const Tensor& call_inplace(const OpDef& op, const Tensor& self, BorrowedTensors inputs,
                                  const OwnedAttributes& attributes) {
  return call_inplace(op, self, inputs, attributes.view());
}

/// What sees every operator that runs (tracer, profiler). Called after the forward.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void record(const OpDef& op, std::span<const Tensor> inputs, const Attributes& attributes,
                      std::span<const Tensor> outputs, bool in_place) = 0;
};

/// Records on this thread for the scope's lifetime.
class RecorderScope {
 public:
  explicit RecorderScope(Recorder* recorder);
  ~RecorderScope();
  RecorderScope(const RecorderScope&) = delete;
  RecorderScope& operator=(const RecorderScope&) = delete;

 private:
  Recorder* previous_;
};

/// "[1, 3, 28, 28] float32", for error texts.
std::string describe(const TensorMeta& meta);

}  // namespace lamella
