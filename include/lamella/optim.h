// Optimisers and learning-rate schedules, with PyTorch's defaults, order of operations and trajectories.
//
//   optim::SGD optimizer(net.parameters(), {.lr = 0.05, .momentum = 0.9});
//   optimizer.zero_grad();
//   loss.backward();
//   optimizer.step();
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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

  std::size_t groups() const { return parameters_.size(); }
  const std::vector<Tensor>& parameters(std::size_t group = 0) const { return parameters_.at(group); }
  virtual double lr(std::size_t group = 0) const = 0;
  virtual void set_lr(double lr, std::size_t group = 0) = 0;
  /// Momentum, or the first beta: what OneCycleLR cycles. Raises where the optimiser has neither.
  virtual double momentum(std::size_t group = 0) const = 0;
  virtual void set_momentum(double momentum, std::size_t group = 0) = 0;

 protected:
  /// Raises for an empty list, for tensors that are no leaves, and for one that is in another group already.
  void add_parameters(std::vector<Tensor> parameters);
  std::vector<std::vector<Tensor>> parameters_;
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
  double lr(std::size_t group = 0) const override { return options_.at(group).lr; }
  void set_lr(double lr, std::size_t group = 0) override { options_.at(group).lr = lr; }
  double momentum(std::size_t group = 0) const override { return options_.at(group).momentum; }
  void set_momentum(double momentum, std::size_t group = 0) override { options_.at(group).momentum = momentum; }
  const SgdOptions& options(std::size_t group = 0) const { return options_.at(group); }

 private:
  std::vector<SgdOptions> options_;
  std::vector<std::vector<Tensor>> velocity_;
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
  double lr(std::size_t group = 0) const override { return options_.at(group).lr; }
  void set_lr(double lr, std::size_t group = 0) override { options_.at(group).lr = lr; }
  double momentum(std::size_t group = 0) const override { return options_.at(group).beta1; }
  void set_momentum(double momentum, std::size_t group = 0) override { options_.at(group).beta1 = momentum; }
  const AdamOptions& options(std::size_t group = 0) const { return options_.at(group); }

 protected:
  struct Moments {
    std::int64_t step = 0;
    Tensor mean, square, largest;
  };
  Adam(std::vector<Tensor> parameters, AdamOptions options, bool decoupled);
  std::vector<AdamOptions> options_;
  std::vector<std::vector<Moments>> moments_;
  bool decoupled_ = false;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019); torch's default decay is 0.01.
class AdamW : public Adam {
 public:
  explicit AdamW(std::vector<Tensor> parameters, AdamOptions options = {.weight_decay = 1e-2});
};

/// A schedule of the learning rate; step() after each epoch (StepLR) or each batch (OneCycleLR). It keeps a reference
/// to the optimiser, which must outlive it.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  void step();
  std::int64_t last_step() const { return steps_; }

 protected:
  explicit Scheduler(Optimizer& optimizer);
  virtual void apply() = 0;
  Optimizer& optimizer_;
  std::vector<double> base_lrs_;
  std::int64_t steps_ = 0;
};

/// lr = base * gamma^floor(step / step_size)
class StepLR : public Scheduler {
 public:
  StepLR(Optimizer& optimizer, std::int64_t step_size, double gamma = 0.1);

 private:
  void apply() override;
  std::int64_t step_size_;
  double gamma_;
};

/// In torch's argument order.
struct OneCycleOptions {
  double max_lr = 0;             ///< required
  std::int64_t total_steps = 0;  ///< or epochs * steps_per_epoch
  std::int64_t epochs = 0;
  std::int64_t steps_per_epoch = 0;
  double pct_start = 0.3;
  std::string anneal_strategy = "cos";  ///< or "linear"
  bool cycle_momentum = true;
  double base_momentum = 0.85;
  double max_momentum = 0.95;
  double div_factor = 25.0;
  double final_div_factor = 1e4;
  bool three_phase = false;
};

/// The 1cycle policy (Smith and Topin 2018): up from max_lr / div_factor to max_lr, then down to a final_div_factor-th
/// of the start, while the momentum goes the other way. Raises ValueError for options that do not fit, and by step()
/// beyond the last step.
class OneCycleLR : public Scheduler {
 public:
  OneCycleLR(Optimizer& optimizer, OneCycleOptions options);
  std::int64_t total_steps() const { return total_; }

 private:
  struct Phase {
    double end;
    double lr_from, lr_to;
    double momentum_from, momentum_to;
  };
  void apply() override;
  double anneal(double from, double to, double fraction) const;
  OneCycleOptions options_;
  std::int64_t total_;
  std::vector<Phase> phases_;
};

/// Scales gradients so that their joint norm is at most max_norm; returns the norm before.
double clip_grad_norm(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2.0);
/// Limits each gradient's elements to [-limit, limit].
void clip_grad_value(const std::vector<Tensor>& parameters, double limit);

}  // namespace lamella::optim
