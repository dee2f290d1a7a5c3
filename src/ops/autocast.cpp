#include "ops/autocast.h"

#include <unordered_map>

#include <fmt/format.h>

#include <lamella/autocast.h>
#include <lamella/error.h>

#include "autograd/node.h"
#include "ops/half.h"

namespace lamella {

namespace {

/// The cast of a leaf. The leaf is held, so that its address stays its own while the entry lives.
struct CachedCast {
  Tensor leaf;
  Tensor cast;
  std::uint64_t epoch;  ///< the write epoch of the leaf's storage when it was cast
};

struct CastCache {
  std::unordered_map<const TensorImpl*, CachedCast> casts;
  int depth = 0;  ///< of autocast scopes
};
thread_local CastCache cast_cache;

bool is_eligible(const Tensor& tensor) {
  return tensor.defined() && is_floating_point(tensor.dtype()) && tensor.dtype() != DType::kFloat64;
}

/// Leaves are cast once: a weight that is used twice is rounded once, and its two gradients are added before they
/// widen.
bool is_kept(const Tensor& tensor) {
  if (!thread_state.autocast_cache || tensor.dtype() != DType::kFloat32 || !tensor.requires_grad()) return false;
  return tensor.is_leaf() && !impl(tensor).storage->exposed();
}

Tensor to_lower(const Tensor& tensor) {
  const DType dtype = thread_state.autocast_dtype;
  if (tensor.dtype() == dtype) return tensor;
  if (!is_kept(tensor)) return tensor.to(dtype);
  CachedCast& entry = cast_cache.casts[&impl(tensor)];
  const std::uint64_t epoch = impl(tensor).storage->write_epoch();
  // A cast that was made under no_grad would cut off the gradient, one from before an update would be an old value.
  const bool fits = entry.cast.defined() && entry.cast.dtype() == dtype && entry.epoch == epoch &&
                    entry.cast.requires_grad() == thread_state.grad_enabled;
  if (!fits) entry = {tensor, tensor.to(dtype), epoch};
  return entry.cast;
}

/// The policy that holds for these inputs: one of kKeep, kLower and kFloat32.
AutocastPolicy resolve(AutocastPolicy policy, std::span<const Tensor> inputs) {
  if (policy == AutocastPolicy::kFloat32In3d)
    return inputs[0].defined() && inputs[0].dim() == 5 ? AutocastPolicy::kFloat32 : AutocastPolicy::kKeep;
  if (policy != AutocastPolicy::kPromote) return policy;
  for (const Tensor& input : inputs) {
    if (is_eligible(input) && input.dtype() == DType::kFloat32) return AutocastPolicy::kFloat32;
  }
  return AutocastPolicy::kLower;
}

}  // namespace

TensorList autocast_inputs(AutocastPolicy policy, std::span<const Tensor> inputs) {
  const AutocastPolicy resolved = resolve(policy, inputs);
  TensorList cast;
  for (const Tensor& input : inputs) {
    if (!is_eligible(input) || resolved == AutocastPolicy::kKeep) {
      cast.push_back(input);
    } else {
      cast.push_back(resolved == AutocastPolicy::kLower ? to_lower(input) : widened(input));
    }
  }
  return cast;
}

Tensor autocast_input(AutocastPolicy policy, const Tensor& input) {
  return autocasts(policy) ? autocast_inputs(policy, {&input, 1})[0] : input;
}

bool autocast_enabled() { return thread_state.autocast; }
DType autocast_dtype() { return thread_state.autocast_dtype; }
bool autocast_cache_enabled() { return thread_state.autocast_cache; }
void clear_autocast_cache() { cast_cache.casts.clear(); }

AutocastGuard::AutocastGuard(bool enabled, DType dtype, bool cache)
    : previous_enabled_(thread_state.autocast),
      previous_cache_(thread_state.autocast_cache),
      previous_dtype_(thread_state.autocast_dtype) {
  if (!is_half(dtype))
    throw ValueError(fmt::format("autocast: the dtype must be bfloat16 or float16, got {}", name_of(dtype)));
  thread_state.autocast = enabled;
  thread_state.autocast_cache = cache;
  thread_state.autocast_dtype = dtype;
  ++cast_cache.depth;
}

AutocastGuard::~AutocastGuard() {
  thread_state.autocast = previous_enabled_;
  thread_state.autocast_cache = previous_cache_;
  thread_state.autocast_dtype = previous_dtype_;
  if (--cast_cache.depth == 0) clear_autocast_cache();
}

}  // namespace lamella
