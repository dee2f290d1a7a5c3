// What a layer learns: layer.weight and layer.bias require a gradient. backward() fills it in, an optimiser uses it.
#include <lamella/lamella.h>

#include <sstream>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;

  // [weight] 3 kernels of 1 channel, 3x3 each; one bias a kernel. From one seed they are the numbers of PyTorch.
  manual_seed(0);
  nn::Conv2d layer(1, 3, 3, 1, 0);
  std::cout << layer.weight << '\n';
  std::cout << "weight " << to_string(layer.weight.shape()) << ", requires_grad " << std::boolalpha
            << layer.weight.requires_grad() << '\n';
  std::cout << "bias " << to_string(layer.bias.shape()) << ", requires_grad " << layer.bias.requires_grad() << '\n';
  // [/weight]

  // [gradient] requires_grad says that gradients are to be computed. By itself it changes no weight: backward() leaves
  // a gradient of the weight's own shape beside it.
  const Tensor x = rand({1, 1, 28, 28});
  const Tensor before = layer.weight.detach().clone();
  const Tensor loss = layer(x).mean();
  loss.backward();
  std::cout << "gradient " << to_string(layer.weight.grad().shape()) << '\n';
  std::cout << "after backward() the weight is the same: " << equal(layer.weight, before) << '\n';
  // [/gradient]

  // [step] The optimiser takes the step: weight -= lr * gradient.
  optim::SGD optimizer(layer.parameters(), {.lr = 0.1});
  optimizer.step();
  std::cout << "after step() the weight is the same: " << equal(layer.weight, before) << '\n';
  std::cout << "it is weight - lr * gradient: " << allclose(layer.weight, before - 0.1 * layer.weight.grad()) << '\n';
  std::cout << "the loss was " << loss.item<float>() << " and is " << layer(x).mean().item<float>() << '\n';
  // [/step]

  manual_seed(0);
  const nn::Conv2d fresh(1, 3, 3, 1, 0);
  std::vector<draw::ListingLine> lines{{.text = "nn::Conv2d layer(1, 3, 3, 1, 0);"}, {.text = "layer.weight"}};
  std::istringstream printed(fresh.weight.to_string());
  for (std::string line; std::getline(printed, line);) lines.push_back({draw::ListingLine::Kind::kOutput, line});
  draw::save(folder / "figure-06-weight.svg",
             draw::listing_figure({.title = "The weights that a layer begins with",
                                   .subtitle = "uniform in ±√(1 / 9), and to be learned: requires_grad is true",
                                   .lines = lines}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
