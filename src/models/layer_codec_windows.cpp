#include "models/layer_codec_row.h"

namespace lamella::models {

namespace {

nn::UnfoldLayerOptions unfold_options(const Fields& f) {
  return {.dilation = f.axes<2>("dilation"), .padding = f.axes<2>("padding"), .stride = f.axes<2>("stride")};
}

}  // namespace

template <typename M>
  requires requires(const M& m) { m.output_size.single(); }
inline constexpr auto kOptions<M> = std::tuple{Option{"output_size", &M::output_size}};
template <typename M>
  requires requires(const M& m) { m.padding[0]; }
inline constexpr auto kOptions<M> = std::tuple{Option{"padding", &M::padding}};
template <>
inline constexpr auto kOptions<nn::PixelShuffle> =
    std::tuple{Option{"upscale_factor", &nn::PixelShuffle::upscale_factor}};
template <>
inline constexpr auto kOptions<nn::PixelUnshuffle> =
    std::tuple{Option{"downscale_factor", &nn::PixelUnshuffle::downscale_factor}};
template <>
inline constexpr auto kOptions<nn::ChannelShuffle> = std::tuple{Option{"groups", &nn::ChannelShuffle::groups}};

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
struct ConstantPadCodec : NoWeights {
  static void describe(const M& m, Json& to) {
    to["padding"] = json_of(m.padding);
    to["value"] = m.value();
  }
  static M build(const Fields& f) {
    return M(value_of(f, "padding", std::type_identity<nn::PerSide<kRank>>()), f.real("value"));
  }
};
template <>
struct Codec<nn::ConstantPad1d> : ConstantPadCodec<nn::ConstantPad1d, 1> {};
template <>
struct Codec<nn::ConstantPad2d> : ConstantPadCodec<nn::ConstantPad2d, 2> {};
template <>
struct Codec<nn::ConstantPad3d> : ConstantPadCodec<nn::ConstantPad3d, 3> {};

template <>
struct Codec<nn::Upsample> : NoWeights {
  static void describe(const nn::Upsample& m, Json& to) {
    to["size"] = json_of(m.size);
    to["scale_factor"] = json_of(m.scale_factor);
    to["mode"] = m.mode;
    to["align_corners"] = json_of(m.align_corners);
    if (m.recompute_scale_factor) to["recompute_scale_factor"] = true;  // files of old have it not
  }
  static nn::Upsample build(const Fields& f) {
    return nn::Upsample(
        {.size = one_or_many<std::int64_t>(f, "size"),
         .scale_factor = one_or_many<double>(f, "scale_factor"),
         .mode = f.word("mode"),
         .align_corners = maybe(f, "align_corners", &Fields::flag),
         .recompute_scale_factor = f.has("recompute_scale_factor") && f.flag("recompute_scale_factor")});
  }
};

template <typename M>
  requires std::same_as<M, nn::UpsamplingNearest2d> || std::same_as<M, nn::UpsamplingBilinear2d>
struct Codec<M> : NoWeights {
  static void describe(const M& m, Json& to) {
    to["size"] = json_of(m.size);
    to["scale_factor"] = json_of(m.scale_factor);
  }
  static M build(const Fields& f) {
    return M({.size = one_or_many<std::int64_t>(f, "size"), .scale_factor = one_or_many<double>(f, "scale_factor")});
  }
};

template <typename M>
void describe_unfold(const M& m, Json& to) {
  to["kernel_size"] = json_of(m.kernel_size);
  to["dilation"] = json_of(m.dilation);
  to["padding"] = json_of(m.padding);
  to["stride"] = json_of(m.stride);
}

template <>
struct Codec<nn::Unfold> : NoWeights {
  static void describe(const nn::Unfold& m, Json& to) { describe_unfold(m, to); }
  static nn::Unfold build(const Fields& f) { return nn::Unfold(f.axes<2>("kernel_size"), unfold_options(f)); }
};

template <>
struct Codec<nn::Fold> : NoWeights {
  static void describe(const nn::Fold& m, Json& to) {
    to["output_size"] = json_of(m.output_size);
    describe_unfold(m, to);
  }
  static nn::Fold build(const Fields& f) {
    return nn::Fold(f.axes<2>("output_size"), f.axes<2>("kernel_size"), unfold_options(f));
  }
};

std::span<const LayerCodec> window_codecs() {
  static constexpr LayerCodec kCodecs[] = {
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
      row<nn::ConstantPad1d>("ConstantPad1d"),
      row<nn::ConstantPad2d>("ConstantPad2d"),
      row<nn::ConstantPad3d>("ConstantPad3d"),
      row<nn::ZeroPad1d>("ZeroPad1d"),
      row<nn::ZeroPad2d>("ZeroPad2d"),
      row<nn::ZeroPad3d>("ZeroPad3d"),
      row<nn::ReflectionPad1d>("ReflectionPad1d"),
      row<nn::ReflectionPad2d>("ReflectionPad2d"),
      row<nn::ReflectionPad3d>("ReflectionPad3d"),
      row<nn::ReplicationPad1d>("ReplicationPad1d"),
      row<nn::ReplicationPad2d>("ReplicationPad2d"),
      row<nn::ReplicationPad3d>("ReplicationPad3d"),
      row<nn::CircularPad1d>("CircularPad1d"),
      row<nn::CircularPad2d>("CircularPad2d"),
      row<nn::CircularPad3d>("CircularPad3d"),
      row<nn::Upsample>("Upsample"),
      row<nn::UpsamplingNearest2d>("UpsamplingNearest2d"),
      row<nn::UpsamplingBilinear2d>("UpsamplingBilinear2d"),
      row<nn::PixelShuffle>("PixelShuffle"),
      row<nn::PixelUnshuffle>("PixelUnshuffle"),
      row<nn::ChannelShuffle>("ChannelShuffle"),
      row<nn::Unfold>("Unfold"),
      row<nn::Fold>("Fold"),
  };
  return kCodecs;
}

}  // namespace lamella::models
