// What training does: optimisers, schedules, the layers' initial numbers, and a small network's first steps.
#include <cmath>
#include <limits>
#include <memory>

#include <lamella/autograd.h>
#include <lamella/nn/all.h>
#include <lamella/ops/activation.h>
#include <lamella/ops/arithmetic.h>
#include <lamella/ops/create.h>
#include <lamella/ops/dropout.h>
#include <lamella/ops/loss.h>
#include <lamella/ops/pool.h>
#include <lamella/ops/reduce.h>
#include <lamella/ops/view.h>
#include <lamella/optim.h>

#include "parity/archive.h"

namespace lamella::parity {

namespace {

/// 100 steps on sum(weights * cos(p)), whose gradient changes its sign; the reader does the same from the same start.
template <typename Make>
void write_optimizer(Archive& archive, const char* torch, Make make) {
  Generator generator(5);
  const Tensor start = randn({4, 9}, {.generator = &generator});
  const Tensor weights = randn({4, 9}, {.generator = &generator});
  Record record("optimizer");
  record.text("torch", torch).json("start", archive.values(start)).json("weights", archive.values(weights));
  const Tensor p = start.clone().requires_grad_();
  const auto optimizer = make(std::vector<Tensor>{p});
  TensorList trajectory;
  for (int step = 1; step <= 100; ++step) {
    optimizer->zero_grad();
    sum(weights * cos(p)).backward();
    optimizer->step();
    if (step == 1 || step % 10 == 0) trajectory.push_back(p.detach().clone());
  }
  archive.write(record.json("trajectory", archive.values(trajectory)));
}

void write_optimizers(Archive& archive) {
  using Parameters = std::vector<Tensor>;
  const auto sgd = [&](const char* torch, optim::SgdOptions options) {
    write_optimizer(archive, torch, [=](Parameters p) { return std::make_unique<optim::SGD>(std::move(p), options); });
  };
  const auto adam = [&](const char* torch, optim::AdamOptions options) {
    write_optimizer(archive, torch, [=](Parameters p) { return std::make_unique<optim::Adam>(std::move(p), options); });
  };
  sgd("SGD([p], lr=0.05)", {.lr = 0.05});
  sgd("SGD([p], lr=0.05, momentum=0.9)", {.lr = 0.05, .momentum = 0.9});
  sgd("SGD([p], lr=0.05, momentum=0.9, dampening=0.3)", {.lr = 0.05, .momentum = 0.9, .dampening = 0.3});
  sgd("SGD([p], lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True)",
      {.lr = 0.05, .momentum = 0.9, .weight_decay = 0.01, .nesterov = true});
  sgd("SGD([p], lr=0.05, weight_decay=0.1, maximize=True)", {.lr = 0.05, .weight_decay = 0.1, .maximize = true});
  adam("Adam([p])", {});
  adam("Adam([p], lr=0.05, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.01)",
       {.lr = 0.05, .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-6, .weight_decay = 0.01});
  adam("Adam([p], lr=0.05, amsgrad=True)", {.lr = 0.05, .amsgrad = true});
  adam("Adam([p], lr=0.05, maximize=True)", {.lr = 0.05, .maximize = true});
  const auto rmsprop = [&](const char* torch, optim::RmsPropOptions options) {
    write_optimizer(archive, torch,
                    [=](Parameters p) { return std::make_unique<optim::RMSprop>(std::move(p), options); });
  };
  rmsprop("RMSprop([p])", {});
  rmsprop("RMSprop([p], lr=0.02, alpha=0.9, eps=1e-6, weight_decay=0.01)",
          {.lr = 0.02, .alpha = 0.9, .eps = 1e-6, .weight_decay = 0.01});
  rmsprop("RMSprop([p], lr=0.005, momentum=0.8)", {.lr = 0.005, .momentum = 0.8});
  rmsprop("RMSprop([p], lr=0.005, centered=True, momentum=0.5)", {.lr = 0.005, .momentum = 0.5, .centered = true});
  rmsprop("RMSprop([p], lr=0.02, maximize=True)", {.lr = 0.02, .maximize = true});
  write_optimizer(archive, "AdamW([p], lr=0.05, amsgrad=True, weight_decay=0.1)", [](Parameters p) {
    return std::make_unique<optim::AdamW>(std::move(p),
                                          optim::AdamOptions{.lr = 0.05, .weight_decay = 0.1, .amsgrad = true});
  });
  write_optimizer(archive, "AdamW([p], lr=0.05)", [](Parameters p) {
    return std::make_unique<optim::AdamW>(std::move(p), optim::AdamOptions{.lr = 0.05, .weight_decay = 1e-2});
  });
}

template <typename Make>
void write_scheduler(Archive& archive, const char* torch, int steps, Make make) {
  optim::SGD optimizer({zeros({1}, {.requires_grad = true})}, {.lr = 0.1, .momentum = 0.9});
  auto scheduler = make(optimizer);
  std::vector<double> rates{optimizer.lr()};
  std::vector<double> momenta{optimizer.momentum()};
  for (int step = 0; step < steps; ++step) {
    optimizer.step();
    scheduler.step();
    rates.push_back(optimizer.lr());
    momenta.push_back(optimizer.momentum());
  }
  archive.write(Record("scheduler").text("torch", torch).numbers("rates", rates).numbers("momenta", momenta));
}

/// The metric falls for a while, then swings; the reader computes the same.
void write_plateau(Archive& archive, const char* torch, optim::PlateauOptions options) {
  optim::SGD optimizer({zeros({1}, {.requires_grad = true})}, {.lr = 0.1, .momentum = 0.9});
  optim::ReduceLROnPlateau scheduler(optimizer, std::move(options));
  std::vector<double> rates{optimizer.lr()};
  std::vector<double> momenta{optimizer.momentum()};
  std::vector<double> metrics;
  for (int step = 0; step < 100; ++step) {
    metrics.push_back(1.0 / (1 + step) + 0.1 * std::sin(step));
    scheduler.step(metrics.back());
    rates.push_back(optimizer.lr());
    momenta.push_back(optimizer.momentum());
  }
  Record record("scheduler");
  record.text("torch", torch).numbers("rates", rates).numbers("momenta", momenta).numbers("metrics", metrics);
  archive.write(record);
}

void write_schedulers(Archive& archive) {
  using optim::OneCycleLR;
  using optim::OneCycleOptions;
  write_scheduler(archive, "StepLR(optimizer, 3)", 20, [](auto& o) { return optim::StepLR(o, 3); });
  write_scheduler(archive, "StepLR(optimizer, 5, 0.5)", 20, [](auto& o) { return optim::StepLR(o, 5, 0.5); });
  write_scheduler(archive, "MultiStepLR(optimizer, [0, 3, 3, 50], 0.5)", 100,
                  [](auto& o) { return optim::MultiStepLR(o, {0, 3, 3, 50}, 0.5); });
  write_scheduler(archive, "ConstantLR(optimizer, 0.25, 7)", 100,
                  [](auto& o) { return optim::ConstantLR(o, {.factor = 0.25, .total_iters = 7}); });
  write_scheduler(archive, "LinearLR(optimizer, 0.1, 0.7, 30)", 100, [](auto& o) {
    return optim::LinearLR(o, {.start_factor = 0.1, .end_factor = 0.7, .total_iters = 30});
  });
  write_scheduler(archive, "LinearLR(optimizer)", 100, [](auto& o) { return optim::LinearLR(o); });
  write_scheduler(archive, "ExponentialLR(optimizer, 0.95)", 100,
                  [](auto& o) { return optim::ExponentialLR(o, 0.95); });
  write_scheduler(archive, "PolynomialLR(optimizer, 40, 0.9)", 100,
                  [](auto& o) { return optim::PolynomialLR(o, {.total_iters = 40, .power = 0.9}); });
  write_scheduler(archive, "CosineAnnealingLR(optimizer, 30, 0.001)", 100,
                  [](auto& o) { return optim::CosineAnnealingLR(o, 30, 0.001); });
  write_scheduler(archive, "CosineAnnealingWarmRestarts(optimizer, 7, 2, 0.001)", 100,
                  [](auto& o) { return optim::CosineAnnealingWarmRestarts(o, 7, {.t_mult = 2, .eta_min = 0.001}); });
  write_scheduler(archive, "LambdaLR(optimizer, lambda step: 1 / (1 + 0.1 * step))", 100, [](auto& o) {
    return optim::LambdaLR(o, [](std::int64_t step) { return 1 / (1 + 0.1 * static_cast<double>(step)); });
  });
  write_scheduler(archive,
                  "SequentialLR(optimizer, [lr.LinearLR(optimizer, 0.1, 1, 5), lr.CosineAnnealingLR(optimizer, 60), "
                  "lr.StepLR(optimizer, 10)], [5, 65])",
                  100, [](auto& o) {
                    return optim::SequentialLR(
                        o,
                        {std::make_shared<optim::LinearLR>(o, optim::LinearOptions{.start_factor = 0.1}),
                         std::make_shared<optim::CosineAnnealingLR>(o, 60), std::make_shared<optim::StepLR>(o, 10)},
                        {5, 65});
                  });
  write_plateau(archive, "ReduceLROnPlateau(optimizer, factor=0.5, patience=3, cooldown=2)",
                {.factor = 0.5, .patience = 3, .cooldown = 2});
  write_plateau(archive,
                "ReduceLROnPlateau(optimizer, 'max', threshold=0.05, threshold_mode='abs', patience=1, min_lr=0.001)",
                {.mode = "max", .patience = 1, .threshold = 0.05, .threshold_mode = "abs", .min_lr = 0.001});
  const auto cycle = [&](const char* torch, int steps, const OneCycleOptions& options) {
    write_scheduler(archive, torch, steps, [&](auto& o) { return OneCycleLR(o, options); });
  };
  cycle("OneCycleLR(optimizer, 0.5, total_steps=40)", 40, {.max_lr = 0.5, .total_steps = 40});
  cycle("OneCycleLR(optimizer, 0.5, epochs=3, steps_per_epoch=7, pct_start=0.2)", 20,
        {.max_lr = 0.5, .epochs = 3, .steps_per_epoch = 7, .pct_start = 0.2});
  cycle("OneCycleLR(optimizer, 0.5, total_steps=30, anneal_strategy='linear', three_phase=True)", 29,
        {.max_lr = 0.5, .total_steps = 30, .anneal_strategy = "linear", .three_phase = true});
  cycle("OneCycleLR(optimizer, 0.5, total_steps=30, cycle_momentum=False, div_factor=10, final_div_factor=100)", 29,
        {.max_lr = 0.5, .total_steps = 30, .cycle_momentum = false, .div_factor = 10, .final_div_factor = 100});
}

template <typename Make>
void write_initial(Archive& archive, const char* torch, Make make) {
  for (const std::uint64_t seed : {0U, 7U}) {
    manual_seed(seed);
    const auto layer = make();
    std::string names;
    TensorList values;
    for (const auto& [name, value] : layer.named_parameters()) {
      names += (names.empty() ? "" : " ") + name;
      values.push_back(value);
    }
    Record record("init");
    record.text("torch", torch).number("seed", static_cast<double>(seed)).text("names", names);
    archive.write(record.json("values", archive.values(values)));
  }
}

void write_initials(Archive& archive) {
  write_initial(archive, "nn.Linear(20, 7)", [] { return nn::Linear(20, 7); });
  write_initial(archive, "nn.Linear(3, 5, bias=False)", [] { return nn::Linear(3, 5, {.bias = false}); });
  write_initial(archive, "nn.Conv1d(3, 4, 5)", [] { return nn::Conv1d(3, 4, 5); });
  write_initial(archive, "nn.Conv2d(3, 8, 3)", [] { return nn::Conv2d(3, 8, 3); });
  write_initial(archive, "nn.Conv2d(4, 8, (3, 5), groups=2)", [] { return nn::Conv2d(4, 8, {3, 5}, {.groups = 2}); });
  write_initial(archive, "nn.Conv3d(2, 3, 3)", [] { return nn::Conv3d(2, 3, 3); });
  write_initial(archive, "nn.ConvTranspose2d(3, 8, 3)", [] { return nn::ConvTranspose2d(3, 8, 3); });
  write_initial(archive, "nn.BatchNorm2d(5)", [] { return nn::BatchNorm2d(5); });
}

template <typename Fill>
void write_filled(Archive& archive, const char* torch, Fill fill) {
  manual_seed(3);
  const Tensor weight = zeros({8, 4, 3, 3});
  fill(weight);
  archive.write(Record("initializer").text("torch", torch).json("value", archive.values(weight)));
}

void write_initializers(Archive& archive) {
  namespace init = nn::init;
  write_filled(archive, "uniform_(w, -2, 3)", [](const Tensor& w) { init::uniform_(w, -2, 3); });
  write_filled(archive, "normal_(w, 1, 2)", [](const Tensor& w) { init::normal_(w, 1, 2); });
  write_filled(archive, "trunc_normal_(w, 0.5, 2, -1, 3)",
               [](const Tensor& w) { init::trunc_normal_(w, 0.5, 2, -1, 3); });
  write_filled(archive, "constant_(w, 0.3)", [](const Tensor& w) { init::constant_(w, 0.3); });
  write_filled(archive, "kaiming_uniform_(w)", [](const Tensor& w) { init::kaiming_uniform_(w); });
  write_filled(archive, "kaiming_uniform_(w, a=5**0.5)",
               [](const Tensor& w) { init::kaiming_uniform_(w, {.a = std::sqrt(5.0)}); });
  write_filled(archive, "kaiming_normal_(w, mode='fan_out', nonlinearity='relu')",
               [](const Tensor& w) { init::kaiming_normal_(w, {.mode = "fan_out", .nonlinearity = "relu"}); });
  write_filled(archive, "xavier_uniform_(w, 1.5)", [](const Tensor& w) { init::xavier_uniform_(w, 1.5); });
  write_filled(archive, "xavier_normal_(w)", [](const Tensor& w) { init::xavier_normal_(w); });
}

void write_clipped(Archive& archive) {
  for (const double type : {1.0, 2.0, 3.0, std::numeric_limits<double>::infinity()}) {
    for (const double most : {0.5, 1000.0}) {
      Generator generator(4);
      std::vector<Tensor> parameters;
      TensorList gradients;
      for (const Dims& shape : {Dims{3, 4}, Dims{5}}) {
        parameters.push_back(zeros(shape, {.requires_grad = true}));
        gradients.push_back(randn(shape, {.generator = &generator}));
        parameters.back().set_grad(gradients.back().clone());
      }
      const double norm = optim::clip_grad_norm_(parameters, most, type);
      TensorList clipped;
      for (const Tensor& p : parameters) clipped.push_back(p.grad());
      Record record("clip_grad_norm");
      record.number("norm", norm)
          .number("max_norm", most)
          .text("norm_type", std::isinf(type) ? "inf" : std::to_string(type));
      archive.write(record.json("before", archive.values(gradients)).json("after", archive.values(clipped)));
    }
  }
}

/// A small network with what networks are made of, built in the order in which Python builds it.
struct Net {
  nn::Conv2d conv1{1, 8, 3, {.padding = 1}};
  nn::BatchNorm2d norm1{8};
  nn::Conv2d conv2{8, 16, 3};
  nn::Linear fc{16 * 3 * 3, 5};
  bool drops = false;

  Tensor forward(const Tensor& input) {
    const Tensor first = max_pool2d(relu(norm1(conv1(input))), {2});
    const Tensor second = max_pool2d(relu(conv2(first)), {2});
    return fc(dropout(flatten(second, 1), 0.5, drops));
  }
  std::vector<Tensor> parameters() {
    std::vector<Tensor> all;
    const std::vector<Tensor> parts[] = {conv1.parameters(), norm1.parameters(), conv2.parameters(), fc.parameters()};
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }
};

template <typename Optimizer, typename Options>
std::unique_ptr<optim::Optimizer> optimizer_of(Net& net, Options options) {
  return std::make_unique<Optimizer>(net.parameters(), options);
}

/// The inputs are drawn from the same stream as the weights: whatever takes one number too many shows.
void write_network(Archive& archive) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    manual_seed(seed);
    Net net;
    net.drops = seed > 2;
    const auto optimizer = seed % 2 == 1 ? optimizer_of<optim::SGD>(net, optim::SgdOptions{.lr = 0.05, .momentum = 0.9})
                                         : optimizer_of<optim::Adam>(net, optim::AdamOptions{.lr = 0.003});
    std::vector<double> losses;
    for (int step = 0; step < 20; ++step) {
      const Tensor images = rand({16, 1, 16, 16});
      const Tensor classes = randint(0, 5, {16});
      optimizer->zero_grad();
      const Tensor loss = cross_entropy(net.forward(images), classes);
      loss.backward();
      optimizer->step();
      losses.push_back(loss.item<double>());
    }
    archive.write(Record("network").number("seed", static_cast<double>(seed)).numbers("losses", losses));
  }
}

}  // namespace

void write_training(Archive& archive) {
  write_optimizers(archive);
  write_schedulers(archive);
  write_initials(archive);
  write_initializers(archive);
  write_clipped(archive);
  write_network(archive);
}

}  // namespace lamella::parity
