// Schedules of the learning rate, as torch.optim.lr_scheduler: each step() multiplies or replaces the rate that is
// there, by torch's recursive formulas, so that schedules chain and a rate set by hand in between is kept.
//
// Constructing a schedule sets its first rate. All keep a reference to the optimiser, which must outlive them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <lamella/nn/state_dict.h>
#include <lamella/optim/optimizer.h>

namespace lamella::optim {

/// step() after each epoch, or after each batch (OneCycleLR).
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  virtual void step();
  /// torch's last_epoch: how often step() ran.
  std::int64_t last_step() const { return steps_; }

  /// What step() changes, by torch's names ("last_epoch", "base_lrs"); the rates themselves are in the optimiser's.
  nn::StateDict state_dict();
  /// Raises ValueError for a name that is not there or a value of another size, before anything is changed.
  void load_state_dict(const nn::StateDict& state);

 protected:
  friend class SequentialLR;
  /// A number, or the base rates, by its name in the state dict.
  struct Variable {
    std::string name;
    std::int64_t* count = nullptr;
    double* number = nullptr;
    std::vector<double>* numbers = nullptr;
  };

  explicit Scheduler(Optimizer& optimizer);
  /// Sets the first rate: at the end of every constructor.
  void begin();
  /// Sets the rate of step 0 again, whatever the rate is now (SequentialLR).
  virtual void restart();
  /// The rate of step 0 from `rate`.
  virtual double first_lr(std::size_t group, double rate) const;
  /// The rate of step steps_ > 0 from that of the step before.
  virtual double next_lr(std::size_t group, double rate) const = 0;
  virtual std::vector<Variable> variables();

  void adopt_groups();

  Optimizer& optimizer_;
  std::vector<double> base_lrs_;
  std::int64_t steps_ = 0;
};

/// Times gamma every step_size steps. Raises ValueError for a step_size below 1.
class StepLR : public Scheduler {
 public:
  StepLR(Optimizer& optimizer, std::int64_t step_size, double gamma = 0.1);

 private:
  double next_lr(std::size_t group, double rate) const override;
  std::int64_t step_size_;
  double gamma_;
};

/// Times gamma at each milestone; one that is given twice counts twice.
class MultiStepLR : public Scheduler {
 public:
  MultiStepLR(Optimizer& optimizer, std::vector<std::int64_t> milestones, double gamma = 0.1);

 private:
  double first_lr(std::size_t group, double rate) const override { return next_lr(group, rate); }
  double next_lr(std::size_t group, double rate) const override;
  std::vector<std::int64_t> milestones_;
  double gamma_;
};

/// Times gamma every step.
class ExponentialLR : public Scheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma);

 private:
  double next_lr(std::size_t group, double rate) const override;
  double gamma_;
};

/// In torch's argument order.
struct ConstantOptions {
  double factor = 1.0 / 3;
  std::int64_t total_iters = 5;
};

/// Times factor for the first total_iters steps. Raises ValueError for a factor beyond [0, 1].
class ConstantLR : public Scheduler {
 public:
  explicit ConstantLR(Optimizer& optimizer, ConstantOptions options = {});

 private:
  double first_lr(std::size_t, double rate) const override { return rate * options_.factor; }
  double next_lr(std::size_t group, double rate) const override;
  ConstantOptions options_;
};

/// In torch's argument order.
struct LinearOptions {
  double start_factor = 1.0 / 3;
  double end_factor = 1.0;
  std::int64_t total_iters = 5;
};

/// The factor moves from start_factor to end_factor in total_iters steps. Raises ValueError for factors beyond (0, 1]
/// and [0, 1].
class LinearLR : public Scheduler {
 public:
  explicit LinearLR(Optimizer& optimizer, LinearOptions options = {});

 private:
  double first_lr(std::size_t, double rate) const override { return rate * options_.start_factor; }
  double next_lr(std::size_t group, double rate) const override;
  LinearOptions options_;
};

/// In torch's argument order.
struct PolynomialOptions {
  std::int64_t total_iters = 5;
  double power = 1.0;
};

/// base (1 - step / total_iters)^power. Raises ValueError for total_iters below 1.
class PolynomialLR : public Scheduler {
 public:
  explicit PolynomialLR(Optimizer& optimizer, PolynomialOptions options = {});

 private:
  double next_lr(std::size_t group, double rate) const override;
  PolynomialOptions options_;
};

/// eta_min + (base - eta_min) (1 + cos(pi step / T_max)) / 2 (Loshchilov and Hutter 2017), and up again after T_max.
/// Raises ValueError for T_max below 1.
class CosineAnnealingLR : public Scheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, std::int64_t t_max, double eta_min = 0);

 private:
  double next_lr(std::size_t group, double rate) const override;
  std::int64_t t_max_;
  double eta_min_;
};

/// In torch's argument order.
struct WarmRestartOptions {
  std::int64_t t_mult = 1;  ///< each period is so many times as long as the one before
  double eta_min = 0;
};

/// The falling half of the cosine again and again: the first time in t_0 steps. Raises ValueError for t_0 or t_mult
/// below 1.
class CosineAnnealingWarmRestarts : public Scheduler {
 public:
  CosineAnnealingWarmRestarts(Optimizer& optimizer, std::int64_t t_0, WarmRestartOptions options = {});
  void step() override;

 private:
  void restart() override;
  double first_lr(std::size_t group, double rate) const override { return next_lr(group, rate); }
  double next_lr(std::size_t group, double rate) const override;
  std::vector<Variable> variables() override;
  WarmRestartOptions options_;
  std::int64_t first_period_, period_;
  std::int64_t place_ = 0;  // within the period
};

/// base * factor(step), one function for all groups or one a group. Raises ValueError for another number of functions.
class LambdaLR : public Scheduler {
 public:
  using Factor = std::function<double(std::int64_t step)>;
  LambdaLR(Optimizer& optimizer, Factor factor);
  LambdaLR(Optimizer& optimizer, std::vector<Factor> factors);

 private:
  double first_lr(std::size_t group, double rate) const override { return next_lr(group, rate); }
  double next_lr(std::size_t group, double rate) const override;
  std::vector<Factor> factors_;
};

/// One schedule after the other: schedulers[i + 1] starts at milestones[i] with its first rate.
///
///   optim::SequentialLR schedule(optimizer, {std::make_shared<optim::LinearLR>(optimizer, LinearOptions{…}),
///                                            std::make_shared<optim::CosineAnnealingLR>(optimizer, 95)}, {5});
///
/// Raises ValueError for no schedule, a number of milestones that is not one less, or schedules of another optimiser.
class SequentialLR : public Scheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<Scheduler>> schedulers,
               std::vector<std::int64_t> milestones);
  void step() override;

 private:
  void restart() override;
  double next_lr(std::size_t, double rate) const override { return rate; }
  std::vector<Variable> variables() override;
  std::size_t current() const;
  std::vector<std::shared_ptr<Scheduler>> schedulers_;
  std::vector<std::int64_t> milestones_;
};

/// In torch's argument order.
struct PlateauOptions {
  std::string mode = "min";  ///< or "max": which metric is better
  double factor = 0.1;
  std::int64_t patience = 10;
  double threshold = 1e-4;
  std::string threshold_mode = "rel";  ///< or "abs"
  std::int64_t cooldown = 0;
  double min_lr = 0;
  double eps = 1e-8;
};

/// Times factor when the metric has not become better for more than `patience` steps. Raises ValueError for a factor of
/// 1 or more and for unknown modes.
class ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, PlateauOptions options = {});
  void step(double metric);
  std::int64_t last_step() const { return steps_; }
  double best() const { return best_; }
  std::int64_t num_bad_epochs() const { return bad_; }

  nn::StateDict state_dict() const;
  void load_state_dict(const nn::StateDict& state);

 private:
  bool is_better(double metric) const;
  Optimizer& optimizer_;
  PlateauOptions options_;
  double best_;
  std::int64_t steps_ = 0, bad_ = 0, cooldown_left_ = 0;
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
/// beyond total_steps (as in torch, the step number total_steps is the last that may be taken).
class OneCycleLR : public Scheduler {
 public:
  OneCycleLR(Optimizer& optimizer, OneCycleOptions options);
  void step() override;
  std::int64_t total_steps() const { return total_; }

 private:
  struct Phase {
    double end;
    double lr_from, lr_to;
    double momentum_from, momentum_to;
  };
  void restart() override;
  double first_lr(std::size_t group, double rate) const override { return next_lr(group, rate); }
  double next_lr(std::size_t group, double rate) const override;
  void set_momenta() const;
  double anneal(double from, double to, double fraction) const;
  /// The phase at steps_, and how much of it has gone.
  std::pair<const Phase*, double> place() const;
  OneCycleOptions options_;
  std::int64_t total_;
  std::vector<Phase> phases_;
};

}  // namespace lamella::optim
