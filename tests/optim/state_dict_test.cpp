// A training that is stopped, saved and resumed goes on as one that was not.
#include <lamella/optim.h>

#include <gtest/gtest.h>

#include <lamella/error.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/reduce.h>

namespace lamella {
namespace {

void train(optim::Optimizer& optimizer, int steps) {
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    for (std::size_t group = 0; group < optimizer.groups(); ++group) {
      for (const Tensor& p : optimizer.parameters(group)) sum(cos(p)).backward();
    }
    optimizer.step();
  }
}

std::vector<Tensor> two() {
  return {arange(0, 6).to(DType::kFloat32).requires_grad_(), ones({2, 2}, {.requires_grad = true})};
}

/// Steps one optimiser six times, another three times, and a third, which takes over from it, three times more.
template <typename T, typename Options>
void expect_resumes(Options options, Options other_group) {
  const auto make = [&](const std::vector<Tensor>& p) {
    auto optimizer = std::make_unique<T>(std::vector<Tensor>{p[0]}, options);
    optimizer->add_group({p[1]}, other_group);
    return optimizer;
  };
  const std::vector<Tensor> whole = two(), parts = two();
  train(*make(whole), 6);
  const auto first = make(parts);
  train(*first, 3);
  const auto second = std::make_unique<T>(std::vector<Tensor>{parts[0]});
  second->add_group({parts[1]}, {});
  second->load_state_dict(first->state_dict());
  train(*second, 3);
  EXPECT_EQ(whole[0].to_vector<float>(), parts[0].to_vector<float>());
  EXPECT_EQ(whole[1].to_vector<float>(), parts[1].to_vector<float>());
}

TEST(OptimizerState, ResumesSgd) {
  expect_resumes<optim::SGD>(optim::SgdOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.2},
                             optim::SgdOptions{.lr = 0.3, .maximize = true});
}
TEST(OptimizerState, ResumesAdam) {
  expect_resumes<optim::Adam>(optim::AdamOptions{.lr = 0.1, .beta1 = 0.8, .amsgrad = true},
                              optim::AdamOptions{.lr = 0.3, .weight_decay = 0.1});
}
TEST(OptimizerState, ResumesRmsProp) {
  expect_resumes<optim::RMSprop>(optim::RmsPropOptions{.lr = 0.1, .momentum = 0.8, .centered = true},
                                 optim::RmsPropOptions{.lr = 0.3, .alpha = 0.5});
}

TEST(OptimizerState, HasTorchsNames) {
  optim::Adam optimizer(two(), {.lr = 0.1});
  train(optimizer, 2);
  const nn::StateDict state = optimizer.state_dict();
  EXPECT_EQ(state["state.0.step"].item<double>(), 2);
  EXPECT_EQ(state["state.1.exp_avg_sq"].shape(), (Dims{2, 2}));
  EXPECT_EQ(state["param_groups.0.betas"].to_vector<double>(), (std::vector<double>{0.9, 0.999}));
  EXPECT_EQ(state["param_groups.0.params"].to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1}));
  EXPECT_FALSE(state.contains("state.0.max_exp_avg_sq"));
}

TEST(OptimizerState, RefusesAnotherNetworksStateAndChangesNothing) {
  optim::SGD optimizer({ones({2}, {.requires_grad = true})}, {.lr = 0.1, .momentum = 0.9});
  optim::SGD wide({ones({3}, {.requires_grad = true})}, {.lr = 0.2, .momentum = 0.9});
  train(wide, 1);
  EXPECT_THROW(optimizer.load_state_dict(wide.state_dict()), ValueError);
  EXPECT_THROW(optimizer.load_state_dict(optim::SGD(two(), {.lr = 0.2}).state_dict()), ValueError);
  EXPECT_THROW(optimizer.load_state_dict({}), ValueError);
  EXPECT_DOUBLE_EQ(optimizer.lr(), 0.1);
}

TEST(SchedulerState, ResumesWhereItWas) {
  const auto rates = [](bool resume) {
    optim::SGD optimizer({ones({2}, {.requires_grad = true})}, {.lr = 1});
    const auto make = [&] {
      return optim::SequentialLR(optimizer,
                                 {std::make_shared<optim::LinearLR>(optimizer),
                                  std::make_shared<optim::CosineAnnealingWarmRestarts>(optimizer, 3)},
                                 {4});
    };
    auto schedule = make();
    for (int i = 0; i < 6; ++i) schedule.step();
    const nn::StateDict state = schedule.state_dict(), rate = optimizer.state_dict();
    optim::SequentialLR other = make();
    if (resume) {
      other.load_state_dict(state);
      optimizer.load_state_dict(rate);
    }
    std::vector<double> result;
    for (int i = 0; i < 5; ++i) {
      (resume ? other : schedule).step();
      result.push_back(optimizer.lr());
    }
    return result;
  };
  EXPECT_EQ(rates(false), rates(true));
}

TEST(SchedulerState, NamesWhatIsMissing) {
  optim::SGD optimizer({ones({2}, {.requires_grad = true})}, {.lr = 1});
  optim::StepLR schedule(optimizer, 2);
  EXPECT_THROW(schedule.load_state_dict({{"last_epoch", zeros({})}}), ValueError);
}

}  // namespace
}  // namespace lamella
