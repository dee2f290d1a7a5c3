// Differentiation: modes, gradients of chosen inputs, and checks of derivatives.
#pragma once

#include <functional>
#include <span>
#include <string>

#include <lamella/tensor.h>

namespace lamella {

bool grad_enabled();
bool inference_mode_enabled();

/// Nothing is recorded for the scope's lifetime, on this thread.
class NoGradGuard {
 public:
  explicit NoGradGuard(bool enabled = false);
  ~NoGradGuard();
  NoGradGuard(const NoGradGuard&) = delete;
  NoGradGuard& operator=(const NoGradGuard&) = delete;

 private:
  bool previous_;
};

/// Recording is on for the scope's lifetime (inside a NoGradGuard).
class EnableGradGuard : public NoGradGuard {
 public:
  EnableGradGuard() : NoGradGuard(true) {}
};

/// As no_grad, and what is made here can never take part in autograd.
class InferenceModeGuard {
 public:
  InferenceModeGuard();
  ~InferenceModeGuard();
  InferenceModeGuard(const InferenceModeGuard&) = delete;
  InferenceModeGuard& operator=(const InferenceModeGuard&) = delete;

 private:
  bool previous_grad_;
  bool previous_inference_;
};

struct GradOptions {
  std::optional<bool> retain_graph = {};
  bool create_graph = false;
  bool allow_unused = false;  ///< undefined tensors for inputs that the outputs do not depend on, instead of an error
};

/// Gradients of sum(outputs * grad_outputs) with respect to `inputs`; nothing is accumulated into any grad(). An empty
/// `grad_outputs`, or an undefined tensor in it, means 1 for an output of one element.
TensorList grad(const TensorList& outputs, const TensorList& inputs, const TensorList& grad_outputs = {},
                GradOptions options = {});

/// Differentiates several tensors at once into their leaves' grad().
void backward(const TensorList& tensors, const TensorList& gradients = {}, BackwardOptions options = {});

/// Runs a backward with checks: an error names the operator whose backward made a NaN, and the operator's forward path.
class AnomalyGuard {
 public:
  explicit AnomalyGuard(bool check_nan = true);
  ~AnomalyGuard();
  AnomalyGuard(const AnomalyGuard&) = delete;
  AnomalyGuard& operator=(const AnomalyGuard&) = delete;

 private:
  int previous_;
};

struct GradcheckOptions {
  double eps = 1e-6;
  double atol = 1e-5;
  double rtol = 1e-3;
};

/// Compares the derivative of `fn` with central differences at `inputs` (float64; those that require grad). Returns ""
/// when they agree and otherwise one line that says which input, which element, and both numbers.
std::string gradcheck(const std::function<TensorList(const TensorList&)>& fn, const TensorList& inputs,
                      GradcheckOptions options = {});
/// The same for the derivative of the derivative, with random grad_outputs of a fixed seed.
std::string gradgradcheck(const std::function<TensorList(const TensorList&)>& fn, const TensorList& inputs,
                          GradcheckOptions options = {});

}  // namespace lamella
