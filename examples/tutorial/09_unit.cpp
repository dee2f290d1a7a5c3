// A unit of a network: convolution, batch norm, pooling and ReLU. How they are put together is up to you; two orders
// are trained here, and one exchange is shown that changes nothing.
#include <lamella/lamella.h>

#include <utility>

#include "draw.h"

using namespace lamella;

// [orders] The order of the text, and one that normalises last. What follows the unit is the same. Braces, because C++
// then makes the layers from left to right: they draw their first weights in that order, as in Python.
nn::Sequential norm_first() {
  return nn::Sequential{
      nn::Conv2d(1, 16, 3, {.padding = 1}), nn::BatchNorm2d(16), nn::MaxPool2d(2, 2), nn::ReLU(true), nn::Flatten(),
      nn::Linear(16 * 14 * 14, 10)};
}
nn::Sequential norm_last() {
  return nn::Sequential{
      nn::Conv2d(1, 16, 3, {.padding = 1}), nn::ReLU(), nn::MaxPool2d(2, 2), nn::BatchNorm2d(16), nn::Flatten(),
      nn::Linear(16 * 14 * 14, 10)};
}
// [/orders]

struct Run {
  draw::Series loss;
  double accuracy = 0;
};

// [train] One pass over the training pictures; both orders begin with the same numbers and see the same batches. Each
// point of the curve is the mean loss of a few batches.
Run train(nn::Sequential net, const std::string& name, const data::ImageDataset& pictures,
          const data::ImageDataset& test) {
  Run run{{name, {}, {}}};
  optim::SGD optimizer(net.parameters(), {.lr = 0.01, .momentum = 0.9});
  const data::Loader loader(pictures, {.batch_size = 64, .shuffle = true});
  const std::int64_t few = loader.size() / 40;
  std::int64_t batch = 0;
  double sum = 0;
  for (const auto& [images, labels] : loader) {
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(net(images), labels);
    loss.backward();
    optimizer.step();
    sum += loss.item<double>();
    if (++batch % few != 0) continue;
    run.loss.x.push_back(static_cast<double>(batch));
    run.loss.y.push_back(std::exchange(sum, 0) / static_cast<double>(few));
  }
  run.accuracy = accuracy(net, data::Loader(test, {.batch_size = 250}));
  std::cout << name << ": loss " << run.loss.y.front() << " -> " << run.loss.y.back() << ", test accuracy "
            << run.accuracy << '\n';
  return run;
}
// [/train]

int main(int argc, char** argv) try {
  const auto [folder, full] = draw::arguments(argc, argv);

  // [shapes] The shapes on the way through the unit.
  manual_seed(0);
  nn::Sequential net = norm_first();
  Tensor x = rand({8, 1, 28, 28});
  std::cout << "input " << to_string(x.shape()) << '\n';
  for (nn::Module* layer : net.children()) {
    x = (*layer)(x);
    std::cout << layer->type_name() << ' ' << to_string(x.shape()) << '\n';
  }
  // [/shapes]

  // [exchange] ReLU and max pooling may change places: both keep what is greater, so the result is equal to the last
  // bit. Pooling first leaves ReLU a quarter of the numbers.
  const Tensor maps = randn({8, 16, 28, 28});
  std::cout << "relu(pool) and pool(relu): "
            << (equal(relu(max_pool2d(maps, 2)), max_pool2d(relu(maps), 2)) ? "equal" : "different") << '\n';
  // [/exchange]

  // [run] Fashion-MNIST: 60,000 pictures of clothes. Without --full a tenth of them does.
  const std::int64_t share = full ? 1 : 10;
  const auto pictures = data::fashion_mnist("train").first(60000 / share),
             test = data::fashion_mnist("test").first(10000 / share);
  std::cout << pictures.size() << " pictures to learn, " << test.size() << " to test\n";
  manual_seed(1);
  const Run first = train(norm_first(), "conv, batch norm, pool, ReLU", pictures, test);
  manual_seed(1);
  const Run last = train(norm_last(), "conv, ReLU, pool, batch norm", pictures, test);
  // [/run]

  draw::save(folder / "unit.svg",
             draw::unit_figure({.title = "A unit",
                                .subtitle = "in the order of the text",
                                .input_shape = "[b, 1, 28, 28]",
                                .blocks = {{"conv 3×3", "16 kernels, padding 1", "[b, 16, 28, 28]", "blue"},
                                           {"batch norm", "16 channels", "[b, 16, 28, 28]", "violet"},
                                           {"max pool", "window 2×2, step 2", "[b, 16, 14, 14]", "green"},
                                           {"ReLU", "in place", "[b, 16, 14, 14]", "red"}}}));
  draw::save(folder / "orders.svg", draw::line_chart({.title = "Two orders of the unit",
                                                      .x_label = "batch of 64 pictures",
                                                      .y_label = "training loss",
                                                      .series = {first.loss, last.loss}}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
