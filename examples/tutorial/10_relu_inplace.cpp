// ReLU sets what is negative to zero. In place it writes into its input and needs no memory for a result.
#include <lamella/lamella.h>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;
  manual_seed(0);

  // [shape] max(x, 0), point by point: the shape stays.
  Tensor x = randn({1, 16, 7, 7});
  const Tensor y = relu(x);
  std::cout << to_string(x.shape()) << " -> " << to_string(y.shape()) << '\n';
  // [/shape]

  // [memory] A new tensor stands at another address and takes as many bytes again; in place nothing is added.
  const auto bytes = [] { return memory_stats().in_use; };
  const Tensor large = randn({64, 16, 28, 28});  // 3,211,264 bytes; blocks are a little larger
  std::size_t held = bytes();
  nn::ReLU fresh;
  const Tensor copied = fresh(large);
  std::cout << "relu: " << large.data_ptr() << " -> " << copied.data_ptr() << '\n';
  std::cout << "bytes more: " << bytes() - held << '\n';

  held = bytes();
  nn::ReLU in_place(true);  // by name: nn::ReLU in_place({.inplace = true})
  const Tensor overwritten = in_place(large);
  std::cout << "relu in place: " << large.data_ptr() << " -> " << overwritten.data_ptr() << '\n';
  std::cout << "bytes more: " << bytes() - held << '\n';
  // [/memory]

  // [price] The price: the input is gone. relu_ is the function with the underscore that says so.
  const Tensor before = tensor({{-1.5, 2., 0.25}, {3., -4., 1.}, {0., -0.125, 7.}});
  const Tensor kept = before.clone();
  relu_(before);
  std::cout << "the input is now\n" << before.to_string() << '\n';
  // [/price]

  // [leaf] What autograd still needs may not be overwritten: a parameter never …
  const Tensor leaf = randn({3}, {.requires_grad = true});
  try {
    relu_(leaf);
  } catch (const Error& error) {
    std::cout << error.what() << '\n';
  }
  // … and no value that a backward has saved: exp keeps its result.
  const Tensor power = exp(leaf);
  relu_(power);
  try {
    power.sum().backward();
  } catch (const Error& error) {
    std::cout << error.what() << '\n';
  }
  // After a convolution or a batch norm it is safe: their backward asks for their input, not for their result.
  nn::Sequential unit{nn::Conv2d(1, 16, 3), nn::BatchNorm2d(16), nn::ReLU(true)};
  unit(rand({1, 1, 28, 28})).sum().backward();
  // [/leaf]

  draw::save(folder / "figure-13-relu.svg",
             draw::relu_figure({.title = "ReLU",
                                .subtitle = "what is negative becomes 0; the shape stays",
                                .before = draw::grid(kept),
                                .note_before = "9 numbers, 36 bytes",
                                .note_after = "in place: the same 36 bytes"}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
