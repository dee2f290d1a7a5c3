// Fully connected against convolutional: parameters, accuracy and time, and where the difference comes from.
#include <lamella/lamella.h>

#include <chrono>
#include <iomanip>

#include "draw.h"

using namespace lamella;

struct Result {
  std::int64_t parameters = 0;
  double accuracy = 0, seconds = 0;
};

// [train] The same training for both.
Result train(nn::Module& net, int epochs, const data::ImageDataset& pictures, const data::ImageDataset& test) {
  const auto start = std::chrono::steady_clock::now();
  optim::SGD optimizer(net.parameters(), {.lr = 0.02, .momentum = 0.9});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (const auto& [images, labels] : data::Loader(pictures, {.batch_size = 64, .shuffle = true})) {
      optimizer.zero_grad();
      cross_entropy(net(images), labels).backward();
      optimizer.step();
    }
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return {net.parameter_count(), accuracy(net, data::Loader(test, {.batch_size = 250})), spent.count()};
}
// [/train]

int main(int argc, char** argv) try {
  const auto [folder, full] = draw::arguments(argc, argv);
  manual_seed(0);

  // [mlp] Three hidden layers and one output layer; the input is not counted, so these are 4 layers. Each has in * out
  // weights and out biases, and a float32 takes 4 bytes.
  nn::Sequential mlp{nn::Flatten(),  nn::Linear(784, 300), nn::ReLU(true), nn::Linear(300, 300),
                     nn::ReLU(true), nn::Linear(300, 200), nn::ReLU(true), nn::Linear(200, 10)};
  std::int64_t parameters = 0;
  const std::int64_t sizes[] = {28 * 28, 300, 300, 200, 10};
  for (int layer = 1; layer <= 4; ++layer) {
    const std::int64_t weights = sizes[layer - 1] * sizes[layer], biases = sizes[layer];
    parameters += weights + biases;
    std::cout << "layer " << layer << ": " << sizes[layer - 1] << " * " << sizes[layer] << " + " << biases << " = "
              << weights + biases << '\n';
  }
  std::cout << "parameters " << parameters << ", as the network says: " << mlp.parameter_count() << '\n';
  std::cout << "bytes " << 4 * parameters << '\n';
  // [/mlp]

  // [sharing] From 28x28 to a map of 26x26. Fully connected, each of the 676 points has a weight for each of the 784
  // pixels. Locally connected, it sees 9 of them. With shared weights all points use the same 9.
  const nn::Linear connected(28 * 28, 26 * 26, {.bias = false});
  const nn::Conv2d shared(1, 1, 3, {.bias = false});
  std::cout << "28x28 -> 26x26, fully connected: " << connected.parameter_count() << '\n';
  std::cout << "28x28 -> 26x26, each point a window of its own: " << 26 * 26 * 9 << '\n';
  std::cout << "28x28 -> 26x26, one window for all: " << shared.parameter_count() << '\n';
  // [/sharing]

  // [cnn] Two convolutions with pooling and one linear layer.
  nn::Sequential cnn{nn::Conv2d(1, 16, 3, {.padding = 1}),
                     nn::ReLU(true),
                     nn::MaxPool2d(2),  // [b, 16, 14, 14]
                     nn::Conv2d(16, 32, 3, {.padding = 1}),
                     nn::ReLU(true),
                     nn::MaxPool2d(2),  // [b, 32, 7, 7]
                     nn::Flatten(),
                     nn::Linear(32 * 7 * 7, 10)};
  for (const auto& [name, tensor] : cnn.named_parameters()) {
    std::cout << name << ' ' << to_string(tensor.shape()) << " = " << tensor.numel() << '\n';
  }
  std::cout << "parameters " << cnn.parameter_count() << '\n';
  // What is shared is stored once, but used at every point: 28x28 times, 14x14 times, and once.
  std::cout << "multiply-adds of the cnn " << 144 * 28 * 28 + 4608 * 14 * 14 + 15680 << '\n';
  std::cout << "multiply-adds of the mlp " << 784 * 300 + 300 * 300 + 300 * 200 + 200 * 10 << '\n';
  // [/cnn]

  // [compare] Fashion-MNIST: a tenth of it and one pass, or with --full all of it and five.
  const std::int64_t share = full ? 1 : 10;
  const auto pictures = data::fashion_mnist("train").first(60000 / share),
             test = data::fashion_mnist("test").first(10000 / share);
  const int epochs = full ? 5 : 1;
  std::cout << pictures.size() << " pictures, passes: " << epochs << '\n';
  const Result dense = train(mlp, epochs, pictures, test), local = train(cnn, epochs, pictures, test);
  std::cout << std::fixed << std::setprecision(4);
  for (const auto& [name, result] : {std::pair("mlp", dense), std::pair("cnn", local)}) {
    std::cout << name << ": parameters " << result.parameters << ", accuracy " << result.accuracy << ", seconds "
              << result.seconds << '\n';
  }
  // [/compare]

  draw::save(folder / "figure-01-network.svg",
             draw::network_figure({.title = "A network of four layers",
                                   .subtitle = "three hidden and one output layer; the input is not counted",
                                   .sizes = {784, 300, 300, 200, 10}}));
  draw::save(folder / "parameters.svg", draw::bar_chart({.title = "Parameters",
                                                         .x_label = "numbers to be learned",
                                                         .bars = {{"mlp", 388010, "388,010"}, {"cnn", 20490, "20,490"}},
                                                         .style = draw::NumberStyle::kInteger}));
  draw::save(folder / "accuracy.svg",
             draw::bar_chart({.title = "Accuracy on the test pictures",
                              .x_label = "share of the pictures that are recognised",
                              .bars = {{"mlp", dense.accuracy, ""}, {"cnn", local.accuracy, ""}},
                              .style = draw::NumberStyle::kPercent}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
