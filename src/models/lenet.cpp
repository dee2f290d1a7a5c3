#include <lamella/models.h>
#include <lamella/nn/all.h>

#include "models/builders.h"

namespace lamella::models {
namespace {

constexpr std::int64_t kHidden = 128;
constexpr std::int64_t kPixels = 7 * 7;  // 28 halved twice

}  // namespace

LeNet::LeNet(LenetOptions options) : options_(options) {
  check_extent(options.in_channels, "lenet: in_channels");
  check_extent(options.classes, "lenet: classes");
  check_extent(options.width, "lenet: width");
  const std::int64_t narrow = options.width, wide = 2 * options.width;
  push_back("conv1", nn::Conv2d(options.in_channels, narrow, 3, {.padding = 1}));
  push_back("bn1", nn::BatchNorm2d(narrow));
  push_back("relu1", nn::ReLU({.inplace = true}));
  push_back("pool1", nn::MaxPool2d(2));
  push_back("conv2", nn::Conv2d(narrow, wide, 3, {.padding = 1}));
  push_back("bn2", nn::BatchNorm2d(wide));
  push_back("relu2", nn::ReLU({.inplace = true}));
  push_back("pool2", nn::MaxPool2d(2));
  push_back("flatten", nn::Flatten());
  push_back("fc1", nn::Linear(wide * kPixels, kHidden));
  push_back("relu3", nn::ReLU({.inplace = true}));
  push_back("fc2", nn::Linear(kHidden, options.classes));
}

std::string LeNet::arguments() const {
  return Json{{"in_channels", options_.in_channels}, {"classes", options_.classes}, {"width", options_.width}}.dump();
}

LenetOptions lenet_options(const Fields& arguments) {
  return {.in_channels = arguments.whole("in_channels"),
          .classes = arguments.whole("classes"),
          .width = arguments.whole("width")};
}

double lenet_weights(const Fields& arguments) {
  const LenetOptions options = lenet_options(arguments);
  const double width = static_cast<double>(options.width);
  return 9 * width * static_cast<double>(options.in_channels) + 18 * width * width + 2 * width * kPixels * kHidden +
         static_cast<double>(kHidden) * static_cast<double>(options.classes);
}

}  // namespace lamella::models
