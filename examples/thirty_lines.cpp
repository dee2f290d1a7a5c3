// A whole journey in thirty lines; thirty_lines.py is the same in Python.
#include <lamella/lamella.h>

#include <iostream>

using namespace lamella;

struct Net : nn::Module {
  nn::Conv2d conv1{1, 16, 3, {.padding = 1}}, conv2{16, 32, 3, {.padding = 1}};
  nn::Linear fc{32 * 7 * 7, 10};
  void members(nn::Members& m) override { m("conv1", conv1)("conv2", conv2)("fc", fc); }
  Tensor forward(const Tensor& x) override {
    const Tensor half = max_pool2d(relu(conv1(x)), 2);
    const Tensor quarter = max_pool2d(relu(conv2(half)), 2);
    return fc(quarter.flatten(1));
  }
};

int main() {
  const auto train = data::fashion_mnist("train"), test = data::fashion_mnist("test");
  manual_seed(0);
  Net net;
  optim::SGD optimizer(net.parameters(), {.lr = 0.05, .momentum = 0.9});
  for (auto [images, labels] : data::Loader(train, {.batch_size = 64, .shuffle = true})) {
    optimizer.zero_grad();
    cross_entropy(net(images), labels).backward();
    optimizer.step();
  }
  std::cout << "accuracy after one epoch: " << accuracy(net, data::Loader(test, {.batch_size = 250})) << '\n';

  save("net.safetensors", net);
  Net again;
  load("net.safetensors", again);
  write_image("picture.png", test.images()[0]);
  const Tensor picture = test.normalize(read_image("picture.png", {.channels = 1}));
  const auto best = argmax(again(picture.unsqueeze(0))).item<std::int64_t>();
  std::cout << "picture.png is: " << test.classes()[best] << '\n';
}
