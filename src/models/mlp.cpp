#include <lamella/error.h>
#include <lamella/models.h>
#include <lamella/nn/all.h>

#include <fmt/format.h>

#include "models/builders.h"

namespace lamella::models {
namespace {

constexpr std::int64_t kPixels = 28 * 28;
constexpr std::size_t kMostLayers = 1000;

}  // namespace

Mlp::Mlp(MlpOptions options) : options_(std::move(options)) {
  check_extent(options_.in_channels, "mlp: in_channels");
  check_extent(options_.classes, "mlp: classes");
  for (const std::int64_t features : options_.hidden) check_extent(features, "mlp: hidden");
  if (options_.hidden.size() > kMostLayers) {
    throw ValueError(fmt::format("mlp: {} hidden layers, expected at most {}", options_.hidden.size(), kMostLayers));
  }
  push_back("flatten", nn::Flatten());
  std::int64_t features = options_.in_channels * kPixels;
  int layer = 1;
  for (const std::int64_t next : options_.hidden) {
    push_back(fmt::format("fc{}", layer), nn::Linear(features, next));
    push_back(fmt::format("relu{}", layer), nn::ReLU({.inplace = true}));
    features = next;
    ++layer;
  }
  push_back(fmt::format("fc{}", layer), nn::Linear(features, options_.classes));
}

std::string Mlp::arguments() const {
  return Json{{"in_channels", options_.in_channels}, {"classes", options_.classes}, {"hidden", options_.hidden}}.dump();
}

MlpOptions mlp_options(const Fields& arguments) {
  return {.in_channels = arguments.whole("in_channels"),
          .classes = arguments.whole("classes"),
          .hidden = arguments.wholes("hidden")};
}

double mlp_weights(const Fields& arguments) {
  const MlpOptions options = mlp_options(arguments);
  double features = static_cast<double>(options.in_channels) * kPixels, sum = 0;
  for (const std::int64_t next : options.hidden) {
    sum += features * static_cast<double>(next);
    features = static_cast<double>(next);
  }
  return sum + features * static_cast<double>(options.classes);
}

}  // namespace lamella::models
