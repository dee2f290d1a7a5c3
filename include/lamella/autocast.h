// Mixed precision: operators choose the dtype that they run in.
#pragma once

#include <lamella/dtype.h>

namespace lamella {

bool autocast_enabled();
/// What the operators of the lower precision run in: bfloat16, or the innermost scope's.
DType autocast_dtype();

/// For the scope's lifetime, on this thread, operators cast their floating-point inputs (float64 apart) by PyTorch's
/// lists for CPUs: convolutions and matrix products to `dtype`, losses, 3-d pooling and padding by reflection or
/// replication to float32; the others take what they are given. Gradients arrive in each leaf's own dtype.
///
/// The cast of a leaf that requires grad is kept for its next use until the outermost scope ends (`cache`). Scopes
/// nest; `enabled = false` turns casting off inside one. Raises ValueError unless dtype is bfloat16 or float16.
///
///     const AutocastGuard guard;
///     const Tensor loss = cross_entropy(net(images), classes);
class AutocastGuard {
 public:
  explicit AutocastGuard(bool enabled = true, DType dtype = DType::kBFloat16, bool cache = true);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  bool previous_enabled_;
  bool previous_cache_;
  DType previous_dtype_;
};

/// Whether casts of leaves are kept, and forgetting those of this thread.
bool autocast_cache_enabled();
void clear_autocast_cache();

}  // namespace lamella
