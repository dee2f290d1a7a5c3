// Layers: how each prints, its state from one seed, what it computes, and what its constructor refuses. The same
// records are compared with PyTorch's modules (run.py) and with those of the Python package (tests/python).
#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <lamella/autograd.h>
#include <lamella/nn/all.h>
#include <lamella/ops/create.h>
#include <lamella/ops/view.h>

#include "parity/archive.h"

namespace lamella::parity {

namespace {

/// Drawn after the layer was made, from the same stream: uniform numbers, or class numbers below `classes`.
struct Input {
  Dims shape;
  std::int64_t classes = 0;
};
using Inputs = std::vector<Input>;
using Writer = std::function<void(const Record&)>;

/// "[[2,3],[0.5,…]]": the shape and the first numbers.
std::string summary(const Tensor& tensor, std::int64_t count) {
  const Tensor flat = tensor.detach().to(DType::kFloat64).reshape({-1});
  std::vector<std::string> numbers;
  for (const double value : flat.narrow(0, 0, std::min(count, flat.numel())).to_vector<double>())
    numbers.push_back(fmt::format("{:.17g}", value));
  return fmt::format("[{},[{}]]", to_string(tensor.shape()), fmt::join(numbers, ","));
}

class Table {
 public:
  explicit Table(Writer write) : write_(std::move(write)) {}

  /// A layer as Python makes it and as C++ does, and the inputs that it is called with (none: it is not).
  template <typename Make>
  void layer(std::string_view python, const Inputs& inputs, Make make) {
    manual_seed(0);
    auto module = make();
    write_layer(python, inputs, module, [&module](const TensorList& x) {
      if constexpr (requires { module(x[0], x[0]).dim(); }) {
        return x.size() == 2 ? module(x[0], x[1]) : Tensor();
      } else {
        return module(x[0]);
      }
    });
  }

  /// A constructor call that raises.
  template <typename Make>
  void refused(std::string_view python, Make make) {
    std::string text = "nothing was raised";
    try {
      make();
    } catch (const Error& error) {
      text = error.what();
    }
    write_(Record("module_error").text("torch", python).text("error", text));
  }

 private:
  void write_layer(std::string_view python, const Inputs& inputs, nn::Module& module,
                   const std::function<Tensor(const TensorList&)>& call) {
    Record record("module");
    record.text("torch", python).text("printed", module.to_string());
    std::vector<std::string> state;
    for (const auto& [name, tensor] : module.state_dict())
      state.push_back(fmt::format("[\"{}\",{}]", name, summary(tensor, 6)));
    record.json("state", fmt::format("[{}]", fmt::join(state, ",")));
    TensorList values;
    std::vector<std::string> described;
    for (const Input& input : inputs) {
      values.push_back(input.classes > 0 ? randint(0, input.classes, input.shape) : rand(input.shape));
      described.push_back(fmt::format("[{},{}]", to_string(input.shape), input.classes));
    }
    record.json("inputs", fmt::format("[{}]", fmt::join(described, ",")));
    if (!values.empty()) record.json("output", summary(call(values), 24));
    write_(record);
  }

  Writer write_;
};

void convolutions(Table& t) {
  t.layer("nn.Conv1d(3, 4, 5)", {{{2, 3, 9}}}, [] { return nn::Conv1d(3, 4, 5); });
  t.layer("nn.Conv1d(4, 6, 3, 2, 'valid', 2, 2, False)", {{{4, 19}}}, [] {
    return nn::Conv1d(4, 6, 3, {.stride = 2, .padding = "valid", .dilation = 2, .groups = 2, .bias = false});
  });
  t.layer("nn.Conv2d(3, 8, 3)", {{{2, 3, 8, 8}}}, [] { return nn::Conv2d(3, 8, 3); });
  t.layer("nn.Conv2d(4, 8, (3, 5), padding='same', groups=2)", {{{2, 4, 8, 8}}},
          [] { return nn::Conv2d(4, 8, {3, 5}, {.padding = "same", .groups = 2}); });
  t.layer("nn.Conv2d(3, 4, 3, padding=(1, 2), padding_mode='reflect')", {{{2, 3, 8, 8}}},
          [] { return nn::Conv2d(3, 4, 3, {.padding = {1, 2}, .padding_mode = "reflect"}); });
  t.layer("nn.Conv3d(2, 3, 3, 1, 1)", {{{1, 2, 4, 4, 4}}}, [] { return nn::Conv3d(2, 3, 3, 1, 1); });
  t.layer("nn.ConvTranspose1d(3, 4, 3, 2)", {{{2, 3, 5}}}, [] { return nn::ConvTranspose1d(3, 4, 3, 2); });
  t.layer("nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, False, 2)", {{{2, 4, 5, 5}}}, [] {
    return nn::ConvTranspose2d(
        4, 6, 3, {.stride = 2, .padding = 1, .output_padding = 1, .groups = 2, .bias = false, .dilation = 2});
  });
  t.layer("nn.ConvTranspose3d(2, 3, (1, 2, 3))", {{{1, 2, 3, 3, 3}}},
          [] { return nn::ConvTranspose3d(2, 3, {1, 2, 3}); });
  t.refused("nn.Conv2d(4, 9, 3, groups=3)", [] { nn::Conv2d(4, 9, 3, {.groups = 3}); });
  t.refused("nn.Conv2d(4, 9, 3, groups=2)", [] { nn::Conv2d(4, 9, 3, {.groups = 2}); });
  t.refused("nn.Conv2d(4, 8, 3, groups=0)", [] { nn::Conv2d(4, 8, 3, {.groups = 0}); });
  t.refused("nn.Conv2d(4, 8, (0, 3))", [] { nn::Conv2d(4, 8, {0, 3}); });
  t.refused("nn.Conv2d(4, 8, 3, stride=0)", [] { nn::Conv2d(4, 8, 3, {.stride = 0}); });
  t.refused("nn.Conv2d(4, 8, 3, stride=(2, 1), padding='same')",
            [] { nn::Conv2d(4, 8, 3, {.stride = {2, 1}, .padding = "same"}); });
  t.refused("nn.Conv2d(4, 8, 3, padding_mode='mirror')", [] { nn::Conv2d(4, 8, 3, {.padding_mode = "mirror"}); });
  t.refused("nn.Conv3d(-1, 8, 3)", [] { nn::Conv3d(-1, 8, 3); });
  t.refused("nn.ConvTranspose2d(3, 8, 3, stride=2, output_padding=2)",
            [] { nn::ConvTranspose2d(3, 8, 3, {.stride = 2, .output_padding = 2}); });
  t.refused("nn.ConvTranspose1d(3, 8, 3, padding_mode='reflect')",
            [] { nn::ConvTranspose1d(3, 8, 3, {.padding_mode = "reflect"}); });
}

void pools(Table& t) {
  t.layer("nn.MaxPool1d(2)", {{{2, 3, 8}}}, [] { return nn::MaxPool1d(2); });
  t.layer("nn.MaxPool2d((3, 2), 2, (1, 0), ceil_mode=True)", {{{2, 3, 8, 8}}},
          [] { return nn::MaxPool2d({3, 2}, {.stride = 2, .padding = {1, 0}, .ceil_mode = true}); });
  t.layer("nn.MaxPool2d((3, 2))", {{{2, 3, 8, 8}}}, [] { return nn::MaxPool2d({3, 2}); });
  t.layer("nn.MaxPool3d(2, dilation=2)", {{{2, 3, 6, 6, 6}}}, [] { return nn::MaxPool3d(2, {.dilation = 2}); });
  t.layer("nn.AvgPool1d(3, 2, 1)", {{{2, 3, 8}}}, [] { return nn::AvgPool1d(3, 2, 1); });
  t.layer("nn.AvgPool2d(3, 2, 1, False, False)", {{{2, 3, 8, 8}}},
          [] { return nn::AvgPool2d(3, {.stride = 2, .padding = 1, .count_include_pad = false}); });
  t.layer("nn.AvgPool3d((1, 2, 2), divisor_override=3)", {{{2, 3, 4, 4, 4}}},
          [] { return nn::AvgPool3d({1, 2, 2}, {.divisor_override = 3}); });
  t.layer("nn.AdaptiveAvgPool1d(3)", {{{2, 3, 8}}}, [] { return nn::AdaptiveAvgPool1d(3); });
  t.layer("nn.AdaptiveAvgPool2d((None, 3))", {{{2, 3, 8, 8}}},
          [] { return nn::AdaptiveAvgPool2d({nn::kLikeInput, 3}); });
  t.layer("nn.AdaptiveAvgPool3d(2)", {{{2, 3, 4, 5, 6}}}, [] { return nn::AdaptiveAvgPool3d(2); });
  t.layer("nn.AdaptiveMaxPool1d(3)", {{{2, 3, 8}}}, [] { return nn::AdaptiveMaxPool1d(3); });
  t.layer("nn.AdaptiveMaxPool2d((2, 3))", {{{2, 3, 8, 8}}}, [] { return nn::AdaptiveMaxPool2d({2, 3}); });
  t.layer("nn.AdaptiveMaxPool3d(2)", {{{2, 3, 4, 5, 6}}}, [] { return nn::AdaptiveMaxPool3d(2); });
  t.layer("nn.MaxUnpool1d(2)", {{{2, 3, 4}}, {{2, 3, 4}, 2}}, [] { return nn::MaxUnpool1d(2); });
  t.layer("nn.MaxUnpool2d((3, 2), 2, (1, 0))", {{{2, 3, 1, 1}}, {{2, 3, 1, 1}, 2}},
          [] { return nn::MaxUnpool2d({3, 2}, 2, {1, 0}); });
  t.layer("nn.MaxUnpool3d(2)", {{{2, 3, 1, 1, 1}}, {{2, 3, 1, 1, 1}, 8}}, [] { return nn::MaxUnpool3d(2); });
  t.refused("nn.MaxPool2d(2, 2, 2)", [] { nn::MaxPool2d(2, 2, 2); });
  t.refused("nn.MaxPool2d(0)", [] { nn::MaxPool2d(0); });
  t.refused("nn.AvgPool2d(2, 0)", [] { nn::AvgPool2d(2, 0); });
  t.refused("nn.AvgPool3d(2, divisor_override=0)", [] { nn::AvgPool3d(2, {.divisor_override = 0}); });
  t.refused("nn.AvgPool1d(2, padding=-1)", [] { nn::AvgPool1d(2, {.padding = -1}); });
}

void borders(Table& t) {
  const Inputs row{{{2, 3, 5}}}, plane{{{2, 3, 5, 6}}}, volume{{{1, 2, 4, 5, 4}}};
  t.layer("nn.ZeroPad1d(2)", row, [] { return nn::ZeroPad1d(2); });
  t.layer("nn.ZeroPad2d((1, 2, 0, -1))", plane, [] { return nn::ZeroPad2d({1, 2, 0, -1}); });
  t.layer("nn.ZeroPad3d(1)", volume, [] { return nn::ZeroPad3d(1); });
  t.layer("nn.ConstantPad1d(2, 3.5)", row, [] { return nn::ConstantPad1d(2, 3.5); });
  t.layer("nn.ConstantPad2d((1, 0, 2, 1), -0.5)", plane, [] { return nn::ConstantPad2d({1, 0, 2, 1}, -0.5); });
  t.layer("nn.ConstantPad3d((1, 0, 2, 1, 0, 1), 1.5)", volume,
          [] { return nn::ConstantPad3d({1, 0, 2, 1, 0, 1}, 1.5); });
  t.layer("nn.ReflectionPad1d(2)", row, [] { return nn::ReflectionPad1d(2); });
  t.layer("nn.ReflectionPad2d((1, 2, 3, 0))", plane, [] { return nn::ReflectionPad2d({1, 2, 3, 0}); });
  t.layer("nn.ReflectionPad3d(1)", volume, [] { return nn::ReflectionPad3d(1); });
  t.layer("nn.ReplicationPad1d((1, 3))", row, [] { return nn::ReplicationPad1d({1, 3}); });
  t.layer("nn.ReplicationPad2d(1)", plane, [] { return nn::ReplicationPad2d(1); });
  t.layer("nn.ReplicationPad3d(2)", volume, [] { return nn::ReplicationPad3d(2); });
  t.layer("nn.CircularPad1d(2)", row, [] { return nn::CircularPad1d(2); });
  t.layer("nn.CircularPad2d((1, 2, 3, 0))", plane, [] { return nn::CircularPad2d({1, 2, 3, 0}); });
  t.layer("nn.CircularPad3d(1)", volume, [] { return nn::CircularPad3d(1); });
}

void norms(Table& t) {
  const Inputs row{{{4, 3, 5}}}, plane{{{4, 3, 5, 6}}}, volume{{{2, 3, 2, 3, 4}}};
  t.layer("nn.BatchNorm1d(3)", row, [] { return nn::BatchNorm1d(3); });
  t.layer("nn.BatchNorm2d(3, 0.001, None, bias=False)", plane,
          [] { return nn::BatchNorm2d(3, {.eps = 0.001, .momentum = std::nullopt, .bias = false}); });
  t.layer("nn.BatchNorm3d(3, affine=False, track_running_stats=False)", volume,
          [] { return nn::BatchNorm3d(3, {.affine = false, .track_running_stats = false}); });
  t.layer("nn.InstanceNorm1d(3)", row, [] { return nn::InstanceNorm1d(3); });
  t.layer("nn.InstanceNorm2d(3, affine=True, track_running_stats=True)", {{{3, 5, 6}}},
          [] { return nn::InstanceNorm2d(3, {.affine = true, .track_running_stats = true}); });
  t.layer("nn.InstanceNorm3d(3, 0.1, affine=True, bias=False)", volume,
          [] { return nn::InstanceNorm3d(3, {.eps = 0.1, .affine = true, .bias = false}); });
  t.layer("nn.GroupNorm(2, 6)", {{{2, 6, 3, 3}}}, [] { return nn::GroupNorm(2, 6); });
  t.layer("nn.GroupNorm(3, 6, affine=False)", {{{2, 6, 3}}}, [] { return nn::GroupNorm(3, 6, {.affine = false}); });
  t.layer("nn.LayerNorm(6)", {{{2, 5, 6}}}, [] { return nn::LayerNorm(6); });
  t.layer("nn.LayerNorm((5, 6), 0.01, bias=False)", {{{2, 5, 6}}},
          [] { return nn::LayerNorm({5, 6}, {.eps = 0.01, .bias = false}); });
  t.layer("nn.RMSNorm(6)", {{{2, 5, 6}}}, [] { return nn::RMSNorm(6); });
  t.layer("nn.LocalResponseNorm(3, 0.01)", {{{2, 5, 4, 4}}}, [] { return nn::LocalResponseNorm(3, {.alpha = 0.01}); });
  t.refused("nn.GroupNorm(2, 5)", [] { nn::GroupNorm(2, 5); });
  t.refused("nn.BatchNorm2d(-1)", [] { nn::BatchNorm2d(-1); });
  t.refused("nn.InstanceNorm3d(-2)", [] { nn::InstanceNorm3d(-2); });
}

void activations(Table& t) {
  const Inputs x{{{2, 4, 5}}};
  t.layer("nn.ReLU(inplace=True)", x, [] { return nn::ReLU({.inplace = true}); });
  t.layer("nn.ReLU6()", x, [] { return nn::ReLU6(); });
  t.layer("nn.LeakyReLU(0.2)", x, [] { return nn::LeakyReLU(0.2); });
  t.layer("nn.ELU(0.5, True)", x, [] { return nn::ELU({.alpha = 0.5, .inplace = true}); });
  t.layer("nn.CELU()", x, [] { return nn::CELU(); });
  t.layer("nn.SELU(True)", x, [] { return nn::SELU(true); });
  t.layer("nn.GELU('tanh')", x, [] { return nn::GELU("tanh"); });
  t.layer("nn.SiLU()", x, [] { return nn::SiLU(); });
  t.layer("nn.Mish()", x, [] { return nn::Mish(); });
  t.layer("nn.Hardswish(True)", x, [] { return nn::Hardswish(true); });
  t.layer("nn.Hardsigmoid()", x, [] { return nn::Hardsigmoid(); });
  t.layer("nn.Hardtanh(0.25, 0.75)", x, [] { return nn::Hardtanh(0.25, 0.75); });
  t.layer("nn.Sigmoid()", x, [] { return nn::Sigmoid(); });
  t.layer("nn.LogSigmoid()", x, [] { return nn::LogSigmoid(); });
  t.layer("nn.Tanh()", x, [] { return nn::Tanh(); });
  t.layer("nn.Tanhshrink()", x, [] { return nn::Tanhshrink(); });
  t.layer("nn.Hardshrink()", x, [] { return nn::Hardshrink(); });
  t.layer("nn.Softshrink(0.25)", x, [] { return nn::Softshrink(0.25); });
  t.layer("nn.Softplus()", x, [] { return nn::Softplus(); });
  t.layer("nn.Softsign()", x, [] { return nn::Softsign(); });
  t.layer("nn.Threshold(0.5, 2.5, inplace=True)", x, [] { return nn::Threshold(0.5, 2.5, {.inplace = true}); });
  t.layer("nn.PReLU(4)", x, [] { return nn::PReLU(4); });
  t.layer("nn.RReLU(0.1, 0.3)", x, [] { return nn::RReLU(0.1, 0.3); });
  t.layer("nn.Softmax(1)", x, [] { return nn::Softmax(1); });
  t.layer("nn.LogSoftmax(-1)", x, [] { return nn::LogSoftmax(-1); });
  t.layer("nn.Softmin(1)", x, [] { return nn::Softmin(1); });
  t.layer("nn.Softmax2d()", x, [] { return nn::Softmax2d(); });
  t.layer("nn.GLU(1)", x, [] { return nn::GLU(1); });
  t.refused("nn.GELU('erf')", [] { nn::GELU("erf"); });
  t.refused("nn.Hardtanh(2.0, 1.0)", [] { nn::Hardtanh(2.0, 1.0); });
}

void others(Table& t) {
  const Inputs plane{{{2, 4, 6, 6}}};
  t.layer("nn.Identity()", plane, [] { return nn::Identity(); });
  t.layer("nn.Flatten(0, 1)", plane, [] { return nn::Flatten(0, 1); });
  t.layer("nn.Unflatten(1, (2, -1))", plane, [] { return nn::Unflatten(1, {2, -1}); });
  t.layer("nn.Linear(6, 4, bias=False)", plane, [] { return nn::Linear(6, 4, {.bias = false}); });
  t.layer("nn.Bilinear(3, 4, 5)", {{{2, 3}}, {{2, 4}}}, [] { return nn::Bilinear(3, 4, 5); });
  t.layer("nn.CosineSimilarity(dim=0)", {{{2, 3}}, {{2, 3}}}, [] { return nn::CosineSimilarity({.dim = 0}); });
  t.layer("nn.PairwiseDistance(1.0)", {{{2, 3}}, {{2, 3}}}, [] { return nn::PairwiseDistance({.p = 1.0}); });
  t.layer("nn.Embedding(7, 3)", {{{2, 5}, 7}}, [] { return nn::Embedding(7, 3); });
  t.layer("nn.Embedding(7, 3, padding_idx=-1, max_norm=1.0)", {{{2, 5}, 7}},
          [] { return nn::Embedding(7, 3, {.padding_idx = -1, .max_norm = 1.0}); });
  t.layer("nn.PixelShuffle(2)", plane, [] { return nn::PixelShuffle(2); });
  t.layer("nn.PixelUnshuffle(3)", plane, [] { return nn::PixelUnshuffle(3); });
  t.layer("nn.ChannelShuffle(2)", plane, [] { return nn::ChannelShuffle(2); });
  t.layer("nn.Unfold((2, 3), stride=2)", plane, [] { return nn::Unfold({2, 3}, {.stride = 2}); });
  t.layer("nn.Fold((4, 5), 2, padding=1)", {{{2, 8, 30}}}, [] { return nn::Fold({4, 5}, 2, {.padding = 1}); });
  t.layer("nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)", plane,
          [] { return nn::Upsample({.scale_factor = 2, .mode = "bilinear", .align_corners = true}); });
  t.layer("nn.UpsamplingNearest2d(scale_factor=2)", plane, [] { return nn::UpsamplingNearest2d({.scale_factor = 2}); });
  t.layer("nn.UpsamplingBilinear2d((7, 9))", plane, [] { return nn::UpsamplingBilinear2d({.size = {7, 9}}); });
  t.layer("nn.Dropout(0.3)", plane, [] { return nn::Dropout(0.3); });
  t.layer("nn.Dropout1d()", {{{2, 4, 6}}}, [] { return nn::Dropout1d(); });
  t.layer("nn.Dropout2d(0.25, True)", plane, [] { return nn::Dropout2d({.p = 0.25, .inplace = true}); });
  t.layer("nn.Dropout3d()", {{{2, 4, 2, 2, 2}}}, [] { return nn::Dropout3d(); });
  t.layer("nn.AlphaDropout(0.2)", plane, [] { return nn::AlphaDropout(0.2); });
  t.layer("nn.FeatureAlphaDropout()", plane, [] { return nn::FeatureAlphaDropout(); });
  t.refused("nn.Linear(-1, 4)", [] { nn::Linear(-1, 4); });
  t.refused("nn.Bilinear(0, 4, 5)", [] { nn::Bilinear(0, 4, 5); });
  t.refused("nn.Embedding(7, 3, padding_idx=7)", [] { nn::Embedding(7, 3, {.padding_idx = 7}); });
  t.refused("nn.Dropout(1.5)", [] { nn::Dropout(1.5); });
  t.refused("nn.AlphaDropout(-0.5)", [] { nn::AlphaDropout(-0.5); });
  t.refused("nn.PixelShuffle(0)", [] { nn::PixelShuffle(0); });
}

void losses(Table& t) {
  const Inputs pair{{{3, 4}}, {{3, 4}}}, classes{{{3, 4}}, {{3}, 4}};
  t.layer("nn.CrossEntropyLoss(label_smoothing=0.1)", classes,
          [] { return nn::CrossEntropyLoss({.label_smoothing = 0.1}); });
  t.layer("nn.CrossEntropyLoss(torch.ones(4), reduction='sum')", classes,
          [] { return nn::CrossEntropyLoss({.weight = ones({4}), .reduction = "sum"}); });
  t.layer("nn.NLLLoss(ignore_index=2)", classes, [] { return nn::NLLLoss({.ignore_index = 2}); });
  t.layer("nn.L1Loss()", pair, [] { return nn::L1Loss(); });
  t.layer("nn.MSELoss(reduction='none')", pair, [] { return nn::MSELoss({.reduction = "none"}); });
  t.layer("nn.SmoothL1Loss(beta=0.5)", pair, [] { return nn::SmoothL1Loss({.beta = 0.5}); });
  t.layer("nn.HuberLoss('sum', 0.25)", pair, [] { return nn::HuberLoss({.reduction = "sum", .delta = 0.25}); });
  t.layer("nn.BCELoss()", pair, [] { return nn::BCELoss(); });
  t.layer("nn.BCEWithLogitsLoss(pos_weight=torch.full((4,), 2.0))", pair,
          [] { return nn::BCEWithLogitsLoss({.pos_weight = full({4}, 2.0)}); });
  t.layer("nn.KLDivLoss(reduction='batchmean')", pair, [] { return nn::KLDivLoss({.reduction = "batchmean"}); });
  t.layer("nn.KLDivLoss(log_target=True)", pair, [] { return nn::KLDivLoss({.log_target = true}); });
  t.refused("nn.MSELoss(reduction='avg')", [] { nn::MSELoss({.reduction = "avg"}); });
  t.refused("nn.KLDivLoss(reduction='avg')", [] { nn::KLDivLoss({.reduction = "avg"}); });
  t.refused("nn.CrossEntropyLoss(label_smoothing=2.5)", [] { nn::CrossEntropyLoss({.label_smoothing = 2.5}); });
}

void containers(Table& t) {
  t.layer("nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 3))", {{{2, 1, 5, 5}}},
          [] { return nn::Sequential{nn::Conv2d(1, 2, 3), nn::ReLU(), nn::Flatten(), nn::Linear(18, 3)}; });
  t.layer("nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])", {},
          [] { return nn::ModuleList({nn::Linear(2, 2), nn::Linear(2, 2), nn::ReLU()}); });
  t.layer("nn.ModuleDict({'left': nn.Linear(2, 3), 'right': nn.Identity()})", {},
          [] { return nn::ModuleDict({{"left", nn::Linear(2, 3)}, {"right", nn::Identity()}}); });
  t.layer("nn.ParameterList([nn.Parameter(torch.rand(2, 3)), nn.Parameter(torch.rand(4))])", {},
          [] { return nn::ParameterList({nn::Parameter(rand({2, 3})), nn::Parameter(rand({4}))}); });
  t.layer("nn.ParameterDict({'scale': nn.Parameter(torch.rand(2)), 'shift': nn.Parameter(torch.rand(()))})", {},
          [] { return nn::ParameterDict({{"scale", nn::Parameter(rand({2}))}, {"shift", nn::Parameter(rand({}))}}); });
}

}  // namespace

void write_modules(const Writer& write) {
  const NoGradGuard no_grad;
  Table table(write);
  for (const auto& family : {convolutions, pools, borders, norms, activations, others, losses, containers})
    family(table);
}

}  // namespace lamella::parity
