// layer(x) and layer.forward(x) compute the same, but only the call runs the hooks and knows the layer's path.
#include <lamella/lamella.h>

#include "draw.h"

using namespace lamella;

int main(int argc, char** argv) try {
  const auto folder = draw::arguments(argc, argv).folder;
  manual_seed(0);
  nn::Conv2d layer(1, 3, 3, 1, 0);
  const Tensor x = rand({1, 1, 28, 28});

  // [forward] Both are one forward pass.
  const Tensor called = layer(x);
  const Tensor direct = layer.forward(x);
  std::cout << "layer(x) " << to_string(called.shape()) << ", layer.forward(x) " << to_string(direct.shape())
            << (equal(called, direct) ? ": equal" : ": different") << '\n';
  // [/forward]

  // [hooks] A hook looks at what goes in and what comes out, or replaces it, without a change to the layer.
  int seen = 0;
  HookHandle before = layer.register_forward_pre_hook([](nn::Module& module, const Tensor& in) {
    std::cout << "  into " << module.type_name() << ": " << to_string(in.shape()) << '\n';
  });
  HookHandle after = layer.register_forward_hook([&](nn::Module&, const Tensor&, const Tensor& out) {
    ++seen;
    std::cout << "  out of it: " << to_string(out.shape()) << '\n';
  });
  std::cout << "layer(x)\n";
  layer(x);
  std::cout << "layer.forward(x)\n";
  layer.forward(x);  // no hook runs
  std::cout << "the hooks have run " << seen << " time\n";
  // [/hooks]

  // [remove] The handle takes a hook away again. A hook that returns a tensor replaces the result.
  before.remove();
  after.remove();
  HookHandle negative = layer.register_forward_hook([](nn::Module&, const Tensor&, const Tensor& out) { return -out; });
  std::cout << "replaced by its negative: " << (equal(layer(x), -direct) ? "yes" : "no") << '\n';
  negative.remove();
  std::cout << "and back again: " << (equal(layer(x), direct) ? "yes" : "no") << '\n';
  // [/remove]

  // [path] A call also puts the layer on the path, so that an error inside a network says where it happened.
  nn::Sequential net({{"conv", nn::Conv2d(1, 3, 3)}, {"flatten", nn::Flatten()}, {"fc", nn::Linear(3 * 28 * 28, 10)}});
  try {
    net(x);
  } catch (const Error& error) {
    std::cout << error.what() << '\n';
  }
  // [/path]

  draw::save(folder / "call.svg",
             draw::unit_figure({.title = "layer(x)",
                                .subtitle = "layer.forward(x) is the blue box alone",
                                .input_shape = to_string(x.shape()),
                                .blocks = {{"pre-hooks", "may replace the input", to_string(x.shape()), "grey"},
                                           {"forward", "the convolution", to_string(called.shape()), "blue"},
                                           {"hooks", "may replace the output", to_string(called.shape()), "grey"}}}));
} catch (const std::exception& error) {
  return draw::failed(error);
}
