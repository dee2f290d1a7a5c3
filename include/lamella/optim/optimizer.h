// Optimisers: SGD, Adam, AdamW and RMSprop over groups of parameters, each group with options of its own.
//
// A step reads and writes each parameter, its gradient and its state once, in torch.optim's order of operations.
// 16-bit parameters are stepped in float32 and rounded once.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <lamella/nn/state_dict.h>
#include <lamella/tensor.h>

namespace lamella::optim {

/// What every optimiser has: parameters in groups, each with its learning rate.
/// Thread safety: one thread at a time.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Updates every parameter that has a gradient.
  virtual void step() = 0;
  /// Drops the gradients (their memory goes back), or zeroes them.
  void zero_grad(bool set_to_none = true);

  // All of these raise IndexError for a group that is not there.
  std::size_t groups() const { return groups_.size(); }
  const std::vector<Tensor>& parameters(std::size_t group = 0) const { return at(group).parameters; }
  double lr(std::size_t group = 0) const { return *option(group, "lr"); }
  void set_lr(double lr, std::size_t group = 0) { *option(group, "lr") = lr; }
  /// Momentum, or the first beta: what OneCycleLR cycles. Raises ValueError where the optimiser has neither.
  double momentum(std::size_t group = 0) const { return *option(group, "momentum"); }
  void set_momentum(double momentum, std::size_t group = 0) { *option(group, "momentum") = momentum; }
  /// The rate that schedules start from: set by the first schedule, as group["initial_lr"] in PyTorch.
  std::optional<double> initial_lr(std::size_t group = 0) const { return at(group).initial_lr; }
  void set_initial_lr(double lr, std::size_t group = 0);

  /// Everything that a resumed training needs, in PyTorch's layout with its levels joined by dots: "state.0.exp_avg"
  /// (the parameters counted through all groups), "param_groups.0.lr" (options are 0-d float64 or bool, betas two
  /// numbers), "param_groups.0.params". lamella::save writes it as it is. The state's tensors are shared, not copied.
  nn::StateDict state_dict() const;
  /// Takes over copies of the state and the options; options that it lacks or that this optimiser does not know are
  /// left alone. Raises ValueError for other groups, sizes or state than this optimiser's, before anything is changed.
  void load_state_dict(const nn::StateDict& state);

 protected:
  /// What one parameter needs from step to step; slots in the order of slot_names.
  struct State {
    std::int64_t step = 0;
    std::array<Tensor, 3> slots;
  };
  struct Group {
    std::vector<Tensor> parameters;
    std::vector<State> states;
    std::optional<double> initial_lr;
  };
  /// An option as a state dict holds it: one or two numbers, or a flag.
  struct Option {
    const char* name;
    double* number = nullptr;
    double* second = nullptr;
    bool* flag = nullptr;
  };

  /// slot_names: torch's names of the state's tensors. counts_steps: whether torch keeps "step" with them.
  Optimizer(std::span<const char* const> slot_names, bool counts_steps)
      : slot_names_(slot_names), counts_steps_(counts_steps) {}
  /// Raises for an empty list, for tensors that are no leaves, and for one that is in another group already.
  void add_parameters(std::vector<Tensor> parameters);
  virtual std::vector<Option> options_of(std::size_t group) = 0;
  /// Visits every parameter that has a gradient, outside autograd.
  using Visit = std::function<void(std::size_t group, const Tensor& parameter, const Tensor& gradient, State& state)>;
  void for_each_gradient(const Visit& visit);

  std::vector<Group> groups_;

 private:
  const Group& at(std::size_t group) const;
  double* option(std::size_t group, std::string_view name) const;
  void load_group(std::size_t group, std::int64_t first, const nn::StateDict& state, bool check_only);

  std::span<const char* const> slot_names_;
  bool counts_steps_;
};

/// In torch's argument order.
struct SgdOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
};

/// v = momentum v + (1 - dampening) (g + weight_decay p);  p -= lr v  (nesterov: p -= lr (g + momentum v)).
/// The first step's v is g itself, as in torch.
class SGD : public Optimizer {
 public:
  explicit SGD(std::vector<Tensor> parameters, SgdOptions options = {});
  /// Another group with options of its own. Raises as the constructor.
  void add_group(std::vector<Tensor> parameters, SgdOptions options);
  void step() override;
  const SgdOptions& options(std::size_t group = 0) const { return options_.at(group); }

 private:
  std::vector<Option> options_of(std::size_t group) override;
  std::vector<SgdOptions> options_;
};

/// In torch's argument order.
struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool maximize = false;
};

/// Adam (Kingma and Ba 2015, algorithm 1), as torch.optim.Adam computes it: weight decay is added to the gradient.
class Adam : public Optimizer {
 public:
  explicit Adam(std::vector<Tensor> parameters, AdamOptions options = {});
  void add_group(std::vector<Tensor> parameters, AdamOptions options);
  void step() override;
  const AdamOptions& options(std::size_t group = 0) const { return options_.at(group); }

 protected:
  Adam(std::vector<Tensor> parameters, AdamOptions options, bool decoupled);

 private:
  std::vector<Option> options_of(std::size_t group) override;
  std::vector<AdamOptions> options_;
  bool decoupled_;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019); torch's default decay is 0.01.
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<Tensor> parameters, AdamOptions options = {.weight_decay = 1e-2});
};

/// In torch's argument order.
struct RmsPropOptions {
  double lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  bool maximize = false;
};

/// v = alpha v + (1 - alpha) g^2;  p -= lr g / (sqrt(v) + eps)  (Hinton 2012, lecture 6e). centered: v - mean(g)^2 in
/// place of v (Graves 2013); momentum: b = momentum b + g / (sqrt(v) + eps), p -= lr b.
class RMSprop : public Optimizer {
 public:
  explicit RMSprop(std::vector<Tensor> parameters, RmsPropOptions options = {});
  void add_group(std::vector<Tensor> parameters, RmsPropOptions options);
  void step() override;
  const RmsPropOptions& options(std::size_t group = 0) const { return options_.at(group); }

 private:
  std::vector<Option> options_of(std::size_t group) override;
  std::vector<RmsPropOptions> options_;
};

}  // namespace lamella::optim
