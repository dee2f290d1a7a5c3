#include "models/layer_codec.h"

#include <lamella/nn/all.h>

#include <algorithm>
#include <type_traits>
#include <typeinfo>

#include "models/layer_values.h"

namespace lamella::models {
namespace {

// --- Families: what to write, how much it holds, how to build it -------------------------------------------------
// `describe` takes the base that has the options, `Codec<M>` the class itself.

struct NoWeights {
  static double weights(const Fields&) { return 0; }
};

template <typename M>
struct Codec : NoWeights {  // a layer without options
  static void describe(const M&, Json&) {}
  static M build(const Fields&) { return M(); }
};

template <typename M>
void describe_channels(const M& m, Json& to) {
  to["in_channels"] = m.in_channels;
  to["out_channels"] = m.out_channels;
}

template <typename M>
void describe_window(const M& m, Json& to) {
  to["kernel_size"] = json_of(m.kernel_size);
  to["stride"] = json_of(m.stride);
  to["padding"] = json_of(m.padding);
}

template <typename M, int kRank>
struct ConvCodec {
  static void describe(const M& m, Json& to) {
    describe_channels(m, to);
    describe_window(m, to);
    to["dilation"] = json_of(m.dilation);
    to["groups"] = m.groups;
    to["bias"] = m.bias.defined();
    to["padding_mode"] = m.padding_mode;
  }
  static double weights(const Fields& f) {
    return number(f, "in_channels") * number(f, "out_channels") / number(f, "groups") * window<kRank>(f);
  }
  static M build(const Fields& f) {
    return M(f.whole("in_channels"), f.whole("out_channels"), f.axes<kRank>("kernel_size"),
             nn::ConvLayerOptions<kRank>{.stride = f.axes<kRank>("stride"),
                                         .padding = padding_of<kRank>(f),
                                         .dilation = f.axes<kRank>("dilation"),
                                         .groups = f.whole("groups"),
                                         .bias = f.flag("bias"),
                                         .padding_mode = f.word("padding_mode")});
  }
};
template <>
struct Codec<nn::Conv1d> : ConvCodec<nn::Conv1d, 1> {};
template <>
struct Codec<nn::Conv2d> : ConvCodec<nn::Conv2d, 2> {};
template <>
struct Codec<nn::Conv3d> : ConvCodec<nn::Conv3d, 3> {};

template <typename M, int kRank>
struct ConvTransposeCodec {
  static void describe(const M& m, Json& to) {
    describe_channels(m, to);
    describe_window(m, to);
    to["output_padding"] = json_of(m.output_padding);
    to["groups"] = m.groups;
    to["bias"] = m.bias.defined();
    to["dilation"] = json_of(m.dilation);
  }
  static double weights(const Fields& f) { return ConvCodec<M, kRank>::weights(f); }
  static M build(const Fields& f) {
    return M(f.whole("in_channels"), f.whole("out_channels"), f.axes<kRank>("kernel_size"),
             nn::ConvTransposeLayerOptions<kRank>{.stride = f.axes<kRank>("stride"),
                                                  .padding = f.axes<kRank>("padding"),
                                                  .output_padding = f.axes<kRank>("output_padding"),
                                                  .groups = f.whole("groups"),
                                                  .bias = f.flag("bias"),
                                                  .dilation = f.axes<kRank>("dilation")});
  }
};
template <>
struct Codec<nn::ConvTranspose1d> : ConvTransposeCodec<nn::ConvTranspose1d, 1> {};
template <>
struct Codec<nn::ConvTranspose2d> : ConvTransposeCodec<nn::ConvTranspose2d, 2> {};
template <>
struct Codec<nn::ConvTranspose3d> : ConvTransposeCodec<nn::ConvTranspose3d, 3> {};

template <typename M, int kRank>
struct MaxPoolCodec : NoWeights {
  static void describe(const M& m, Json& to) {
    describe_window(m, to);
    to["dilation"] = json_of(m.dilation);
    to["ceil_mode"] = m.ceil_mode;
  }
  static M build(const Fields& f) {
    return M(f.axes<kRank>("kernel_size"), nn::MaxPoolLayerOptions<kRank>{.stride = f.axes<kRank>("stride"),
                                                                          .padding = f.axes<kRank>("padding"),
                                                                          .dilation = f.axes<kRank>("dilation"),
                                                                          .ceil_mode = f.flag("ceil_mode")});
  }
};
template <>
struct Codec<nn::MaxPool1d> : MaxPoolCodec<nn::MaxPool1d, 1> {};
template <>
struct Codec<nn::MaxPool2d> : MaxPoolCodec<nn::MaxPool2d, 2> {};
template <>
struct Codec<nn::MaxPool3d> : MaxPoolCodec<nn::MaxPool3d, 3> {};

template <typename M, int kRank>
struct AvgPoolCodec : NoWeights {
  static void describe(const M& m, Json& to) {
    describe_window(m, to);
    to["ceil_mode"] = m.ceil_mode;
    to["count_include_pad"] = m.count_include_pad;
    to["divisor_override"] = json_of(m.divisor_override);
  }
  static M build(const Fields& f) {
    return M(f.axes<kRank>("kernel_size"),
             nn::AvgPoolLayerOptions<kRank>{.stride = f.axes<kRank>("stride"),
                                            .padding = f.axes<kRank>("padding"),
                                            .ceil_mode = f.flag("ceil_mode"),
                                            .count_include_pad = f.flag("count_include_pad"),
                                            .divisor_override = maybe(f, "divisor_override", &Fields::whole)});
  }
};
template <>
struct Codec<nn::AvgPool1d> : AvgPoolCodec<nn::AvgPool1d, 1> {};
template <>
struct Codec<nn::AvgPool2d> : AvgPoolCodec<nn::AvgPool2d, 2> {};
template <>
struct Codec<nn::AvgPool3d> : AvgPoolCodec<nn::AvgPool3d, 3> {};

template <typename M, int kRank>
struct AdaptivePoolCodec : NoWeights {
  static void describe(const M& m, Json& to) { to["output_size"] = json_of(m.output_size); }
  static M build(const Fields& f) { return M(f.axes<kRank>("output_size")); }
};
template <>
struct Codec<nn::AdaptiveAvgPool1d> : AdaptivePoolCodec<nn::AdaptiveAvgPool1d, 1> {};
template <>
struct Codec<nn::AdaptiveAvgPool2d> : AdaptivePoolCodec<nn::AdaptiveAvgPool2d, 2> {};
template <>
struct Codec<nn::AdaptiveAvgPool3d> : AdaptivePoolCodec<nn::AdaptiveAvgPool3d, 3> {};
template <>
struct Codec<nn::AdaptiveMaxPool1d> : AdaptivePoolCodec<nn::AdaptiveMaxPool1d, 1> {};
template <>
struct Codec<nn::AdaptiveMaxPool2d> : AdaptivePoolCodec<nn::AdaptiveMaxPool2d, 2> {};
template <>
struct Codec<nn::AdaptiveMaxPool3d> : AdaptivePoolCodec<nn::AdaptiveMaxPool3d, 3> {};

template <std::derived_from<nn::BatchNormNd> M>
struct Codec<M> {
  static void describe(const M& m, Json& to) {
    to["num_features"] = m.num_features;
    to["eps"] = m.eps;
    to["momentum"] = json_of(m.momentum);
    to["affine"] = m.affine;
    to["track_running_stats"] = m.track_running_stats;
    to["bias"] = !m.affine || m.bias.defined();
  }
  // Without weights and statistics it takes no memory, whatever its features.
  static double weights(const Fields& f) {
    return number(f, "num_features") * ((f.flag("affine") ? 1 : 0) + (f.flag("track_running_stats") ? 2 : 0));
  }
  static M build(const Fields& f) {
    return M(f.whole("num_features"), {.eps = f.real("eps"),
                                       .momentum = maybe(f, "momentum", &Fields::real),
                                       .affine = f.flag("affine"),
                                       .track_running_stats = f.flag("track_running_stats"),
                                       .bias = f.flag("bias")});
  }
};

template <>
struct Codec<nn::Linear> {
  static void describe(const nn::Linear& m, Json& to) {
    to["in_features"] = m.in_features;
    to["out_features"] = m.out_features;
    to["bias"] = m.bias.defined();
  }
  static double weights(const Fields& f) { return number(f, "in_features") * number(f, "out_features"); }
  static nn::Linear build(const Fields& f) {
    return nn::Linear(f.whole("in_features"), f.whole("out_features"), {.bias = f.flag("bias")});
  }
};

template <>
struct Codec<nn::Flatten> : NoWeights {
  static void describe(const nn::Flatten& m, Json& to) {
    to["start_dim"] = m.start_dim;
    to["end_dim"] = m.end_dim;
  }
  static nn::Flatten build(const Fields& f) { return nn::Flatten(f.whole("start_dim"), f.whole("end_dim")); }
};

template <>
struct Codec<nn::Unflatten> : NoWeights {
  static void describe(const nn::Unflatten& m, Json& to) {
    to["dim"] = m.dim;
    to["unflattened_size"] = std::vector<std::int64_t>(m.unflattened_size.begin(), m.unflattened_size.end());
  }
  static nn::Unflatten build(const Fields& f) {
    const auto size = f.wholes("unflattened_size");
    return nn::Unflatten(f.whole("dim"), Dims(size.begin(), size.end()));
  }
};

template <typename M>
  requires requires(const M& m) {
    { M(bool()) };
    { m.inplace } -> std::convertible_to<bool>;
  } && (!std::derived_from<M, nn::DropoutBase> && !std::is_constructible_v<M, double, bool>)
struct Codec<M> : NoWeights {
  static void describe(const M& m, Json& to) { to["inplace"] = m.inplace; }
  static M build(const Fields& f) { return M(f.flag("inplace")); }
};

template <std::derived_from<nn::DropoutBase> M>
struct Codec<M> : NoWeights {
  static void describe(const M& m, Json& to) {
    to["p"] = m.p;
    to["inplace"] = m.inplace;
  }
  static M build(const Fields& f) { return M(f.real("p"), f.flag("inplace")); }
};

template <>
struct Codec<nn::LeakyReLU> : NoWeights {
  static void describe(const nn::LeakyReLU& m, Json& to) {
    to["negative_slope"] = m.negative_slope;
    to["inplace"] = m.inplace;
  }
  static nn::LeakyReLU build(const Fields& f) { return nn::LeakyReLU(f.real("negative_slope"), f.flag("inplace")); }
};

template <>
struct Codec<nn::ELU> : NoWeights {
  static void describe(const nn::ELU& m, Json& to) {
    to["alpha"] = m.alpha;
    to["inplace"] = m.inplace;
  }
  static nn::ELU build(const Fields& f) { return nn::ELU(f.real("alpha"), f.flag("inplace")); }
};

template <>
struct Codec<nn::GELU> : NoWeights {
  static void describe(const nn::GELU& m, Json& to) { to["approximate"] = m.approximate; }
  static nn::GELU build(const Fields& f) { return nn::GELU(f.word("approximate")); }
};

template <>
struct Codec<nn::Softplus> : NoWeights {
  static void describe(const nn::Softplus& m, Json& to) {
    to["beta"] = m.beta;
    to["threshold"] = m.threshold;
  }
  static nn::Softplus build(const Fields& f) { return nn::Softplus(f.real("beta"), f.real("threshold")); }
};

template <typename M>
  requires std::same_as<M, nn::Softmax> || std::same_as<M, nn::LogSoftmax>
struct Codec<M> : NoWeights {
  static void describe(const M& m, Json& to) { to["dim"] = m.dim; }
  static M build(const Fields& f) { return M(f.whole("dim")); }
};

template <>
struct Codec<nn::Upsample> : NoWeights {
  static void describe(const nn::Upsample& m, Json& to) {
    to["size"] = json_of(m.size);
    to["scale_factor"] = json_of(m.scale_factor);
    to["mode"] = m.mode;
    to["align_corners"] = json_of(m.align_corners);
  }
  static nn::Upsample build(const Fields& f) {
    return nn::Upsample({.size = one_or_many<std::int64_t>(f, "size"),
                         .scale_factor = one_or_many<double>(f, "scale_factor"),
                         .mode = f.word("mode"),
                         .align_corners = maybe(f, "align_corners", &Fields::flag)});
  }
};

// --- The table ---------------------------------------------------------------------------------------------------

template <typename M>
constexpr LayerCodec row(std::string_view type) {
  return {type, [](const nn::Module& module) { return typeid(module) == typeid(M); },
          [](const nn::Module& module, Json& to) { Codec<M>::describe(static_cast<const M&>(module), to); },
          [](const Fields& fields) { return Codec<M>::weights(fields); },
          [](const Fields& fields) { return nn::AnyModule(Codec<M>::build(fields)); }};
}

constexpr LayerCodec kCodecs[] = {
    row<nn::Conv1d>("Conv1d"),
    row<nn::Conv2d>("Conv2d"),
    row<nn::Conv3d>("Conv3d"),
    row<nn::ConvTranspose1d>("ConvTranspose1d"),
    row<nn::ConvTranspose2d>("ConvTranspose2d"),
    row<nn::ConvTranspose3d>("ConvTranspose3d"),
    row<nn::MaxPool1d>("MaxPool1d"),
    row<nn::MaxPool2d>("MaxPool2d"),
    row<nn::MaxPool3d>("MaxPool3d"),
    row<nn::AvgPool1d>("AvgPool1d"),
    row<nn::AvgPool2d>("AvgPool2d"),
    row<nn::AvgPool3d>("AvgPool3d"),
    row<nn::AdaptiveAvgPool1d>("AdaptiveAvgPool1d"),
    row<nn::AdaptiveAvgPool2d>("AdaptiveAvgPool2d"),
    row<nn::AdaptiveAvgPool3d>("AdaptiveAvgPool3d"),
    row<nn::AdaptiveMaxPool1d>("AdaptiveMaxPool1d"),
    row<nn::AdaptiveMaxPool2d>("AdaptiveMaxPool2d"),
    row<nn::AdaptiveMaxPool3d>("AdaptiveMaxPool3d"),
    row<nn::BatchNorm1d>("BatchNorm1d"),
    row<nn::BatchNorm2d>("BatchNorm2d"),
    row<nn::BatchNorm3d>("BatchNorm3d"),
    row<nn::Linear>("Linear"),
    row<nn::Flatten>("Flatten"),
    row<nn::Unflatten>("Unflatten"),
    row<nn::Identity>("Identity"),
    row<nn::Dropout>("Dropout"),
    row<nn::Dropout2d>("Dropout2d"),
    row<nn::Upsample>("Upsample"),
    row<nn::ReLU>("ReLU"),
    row<nn::ReLU6>("ReLU6"),
    row<nn::LeakyReLU>("LeakyReLU"),
    row<nn::ELU>("ELU"),
    row<nn::GELU>("GELU"),
    row<nn::SiLU>("SiLU"),
    row<nn::Hardswish>("Hardswish"),
    row<nn::Hardsigmoid>("Hardsigmoid"),
    row<nn::Sigmoid>("Sigmoid"),
    row<nn::Tanh>("Tanh"),
    row<nn::Softplus>("Softplus"),
    row<nn::Softmax>("Softmax"),
    row<nn::LogSoftmax>("LogSoftmax"),
};

}  // namespace

std::span<const LayerCodec> layer_codecs() { return kCodecs; }

const LayerCodec* find_codec(const nn::Module& module) {
  const auto it = std::ranges::find_if(kCodecs, [&](const LayerCodec& codec) { return codec.matches(module); });
  return it == std::end(kCodecs) ? nullptr : it;
}

const LayerCodec* find_codec(std::string_view type) {
  const auto it = std::ranges::find(kCodecs, type, &LayerCodec::type);
  return it == std::end(kCodecs) ? nullptr : it;
}

}  // namespace lamella::models
