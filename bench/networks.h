// The networks that the benchmarks train: those of the catalogue, and a ResNet-18 for pictures of 32x32.
#pragma once

#include <memory>
#include <string>

#include <lamella/lamella.h>

namespace bench {

using lamella::Tensor;
namespace nn = lamella::nn;

/// Two 3x3 convolutions beside an identity (He et al. 2015, figure 5 left); a 1x1 convolution where shapes change.
struct BasicBlock : nn::Module {
  BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride)
      : conv1(in, out, 3, {.stride = stride, .padding = 1, .bias = false}),
        bn1(out),
        conv2(out, out, 3, {.padding = 1, .bias = false}),
        bn2(out) {
    if (stride == 1 && in == out) return;
    downsample = std::make_unique<nn::Sequential>(nn::Conv2d(in, out, 1, {.stride = stride, .bias = false}),
                                                  nn::BatchNorm2d(out));
  }

  void members(nn::Members& m) override {
    m("conv1", conv1)("bn1", bn1)("conv2", conv2)("bn2", bn2)("downsample", downsample);
  }

  Tensor forward(const Tensor& x) override {
    Tensor y = bn2(conv2(lamella::relu_(bn1(conv1(x)))));
    y += downsample ? (*downsample)(x) : x;
    return lamella::relu_(y);
  }

  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Conv2d conv2;
  nn::BatchNorm2d bn2;
  std::unique_ptr<nn::Sequential> downsample;
};

/// ResNet-18 with a 3x3 stem and no pooling before the blocks, as it is trained on CIFAR-10; torchvision's names.
struct ResNet18 : nn::Module {
  void members(nn::Members& m) override {
    m("conv1", conv1)("bn1", bn1)("layer1", layer1)("layer2", layer2)("layer3", layer3)("layer4", layer4)("fc", fc);
  }

  Tensor forward(const Tensor& x) override {
    Tensor y = lamella::relu_(bn1(conv1(x)));
    y = layer4(layer3(layer2(layer1(y))));
    return fc(lamella::adaptive_avg_pool2d(y, {1, 1}).flatten(1));
  }

  static nn::Sequential layer(std::int64_t in, std::int64_t out, std::int64_t stride) {
    return nn::Sequential{std::make_unique<BasicBlock>(in, out, stride), std::make_unique<BasicBlock>(out, out, 1)};
  }

  nn::Conv2d conv1{3, 64, 3, {.padding = 1, .bias = false}};
  nn::BatchNorm2d bn1{64};
  nn::Sequential layer1 = layer(64, 64, 1), layer2 = layer(64, 128, 2), layer3 = layer(128, 256, 2),
                 layer4 = layer(256, 512, 2);
  nn::Linear fc{512, 10};
};

/// A network, a batch of random pictures, and its optimiser: one step of training at a call.
class Training {
 public:
  Training(const std::string& name, std::int64_t batch) {
    lamella::manual_seed(0);
    const bool resnet = name == "resnet18";
    if (resnet) {
      net_ = std::make_unique<ResNet18>();
    } else {
      net_ = lamella::models::build(name);
    }
    shape_ = resnet ? lamella::Dims{batch, 3, 32, 32} : lamella::Dims{batch, 1, 28, 28};
    optimizer_ = std::make_unique<lamella::optim::SGD>(
        net_->parameters(),
        lamella::optim::SgdOptions{.lr = 0.05, .momentum = 0.9, .weight_decay = resnet ? 5e-4 : 0.0});
  }

  void make_data() {
    images_ = lamella::rand(shape_);
    labels_ = lamella::randint(0, 10, {shape_[0]});
  }

  void step() {
    optimizer_->zero_grad();
    lamella::cross_entropy((*net_)(images_), labels_).backward();
    optimizer_->step();
  }

 private:
  std::unique_ptr<nn::Module> net_;
  std::unique_ptr<lamella::optim::Optimizer> optimizer_;
  lamella::Dims shape_;
  Tensor images_, labels_;
};

}  // namespace bench
