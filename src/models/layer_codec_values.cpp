#include "models/layer_codec_row.h"

namespace lamella::models {

namespace {

double affine_weights(const Fields& f) {
  double product = f.flag("elementwise_affine") ? 1 : 0;
  for (const std::int64_t extent : f.wholes("normalized_shape")) product *= static_cast<double>(extent);
  return product;
}

Extents normalized_shape(const Fields& f) {
  const auto shape = f.wholes("normalized_shape");
  return Extents(Dims(shape.begin(), shape.end()));
}

}  // namespace

template <std::derived_from<nn::InplaceActivation> M>
inline constexpr auto kOptions<M> = std::tuple{Option{"inplace", &M::inplace}};
template <std::derived_from<nn::ExponentialActivation> M>
inline constexpr auto kOptions<M> = std::tuple{Option{"alpha", &M::alpha}, Option{"inplace", &M::inplace}};
template <std::derived_from<nn::ShrinkActivation> M>
inline constexpr auto kOptions<M> = std::tuple{Option{"lambd", &M::lambd}};
template <std::derived_from<nn::AxisActivation> M>
inline constexpr auto kOptions<M> = std::tuple{Option{"dim", &M::dim}};
template <std::derived_from<nn::DropoutBase> M>
inline constexpr auto kOptions<M> = std::tuple{Option{"p", &M::p}, Option{"inplace", &M::inplace}};
template <>
inline constexpr auto kOptions<nn::LeakyReLU> =
    std::tuple{Option{"negative_slope", &nn::LeakyReLU::negative_slope}, Option{"inplace", &nn::LeakyReLU::inplace}};
template <>
inline constexpr auto kOptions<nn::RReLU> = std::tuple{
    Option{"lower", &nn::RReLU::lower}, Option{"upper", &nn::RReLU::upper}, Option{"inplace", &nn::RReLU::inplace}};
template <>
inline constexpr auto kOptions<nn::Hardtanh> =
    std::tuple{Option{"min_val", &nn::Hardtanh::min_val}, Option{"max_val", &nn::Hardtanh::max_val},
               Option{"inplace", &nn::Hardtanh::inplace}};
template <>
inline constexpr auto kOptions<nn::Threshold> =
    std::tuple{Option{"threshold", &nn::Threshold::threshold}, Option{"value", &nn::Threshold::value},
               Option{"inplace", &nn::Threshold::inplace}};
template <>
inline constexpr auto kOptions<nn::Softplus> =
    std::tuple{Option{"beta", &nn::Softplus::beta}, Option{"threshold", &nn::Softplus::threshold}};
template <>
inline constexpr auto kOptions<nn::Flatten> =
    std::tuple{Option{"start_dim", &nn::Flatten::start_dim}, Option{"end_dim", &nn::Flatten::end_dim}};

template <>
struct Codec<nn::GELU> : NoWeights {
  static void describe(const nn::GELU& m, Json& to) { to["approximate"] = m.approximate; }
  static nn::GELU build(const Fields& f) { return nn::GELU(f.word("approximate")); }
};

template <>
struct Codec<nn::PReLU> {
  static void describe(const nn::PReLU& m, Json& to) {
    to["num_parameters"] = m.num_parameters;
    to["init"] = m.init;
  }
  static double weights(const Fields& f) { return number(f, "num_parameters"); }
  static nn::PReLU build(const Fields& f) { return nn::PReLU(f.whole("num_parameters"), f.real("init")); }
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
struct Codec<nn::Embedding> {
  static void describe(const nn::Embedding& m, Json& to) {
    to["num_embeddings"] = m.num_embeddings;
    to["embedding_dim"] = m.embedding_dim;
    to["padding_idx"] = json_of(m.padding_idx);
    to["max_norm"] = json_of(m.max_norm);
    to["norm_type"] = m.norm_type;
    to["scale_grad_by_freq"] = m.scale_grad_by_freq;
  }
  static double weights(const Fields& f) { return number(f, "num_embeddings") * number(f, "embedding_dim"); }
  static nn::Embedding build(const Fields& f) {
    return nn::Embedding(f.whole("num_embeddings"), f.whole("embedding_dim"),
                         {.padding_idx = maybe(f, "padding_idx", &Fields::whole),
                          .max_norm = maybe(f, "max_norm", &Fields::real),
                          .norm_type = f.real("norm_type"),
                          .scale_grad_by_freq = f.flag("scale_grad_by_freq")});
  }
};

// Without weights and statistics a normalisation takes no memory, whatever its features.

template <std::derived_from<nn::RunningNorm> M>
struct Codec<M> {
  static void describe(const M& m, Json& to) {
    to["num_features"] = m.num_features;
    to["eps"] = m.eps;
    to["momentum"] = json_of(m.momentum);
    to["affine"] = m.affine;
    to["track_running_stats"] = m.track_running_stats;
    to["bias"] = !m.affine || m.bias.defined();
  }
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
struct Codec<nn::GroupNorm> {
  static void describe(const nn::GroupNorm& m, Json& to) {
    to["num_groups"] = m.num_groups;
    to["num_channels"] = m.num_channels;
    to["eps"] = m.eps;
    to["affine"] = m.affine;
    to["bias"] = !m.affine || m.bias.defined();
  }
  static double weights(const Fields& f) { return f.flag("affine") ? number(f, "num_channels") : 0; }
  static nn::GroupNorm build(const Fields& f) {
    return nn::GroupNorm(f.whole("num_groups"), f.whole("num_channels"),
                         {.eps = f.real("eps"), .affine = f.flag("affine"), .bias = f.flag("bias")});
  }
};

template <>
struct Codec<nn::LayerNorm> {
  static void describe(const nn::LayerNorm& m, Json& to) {
    to["normalized_shape"] = json_of(m.normalized_shape);
    to["eps"] = m.eps;
    to["elementwise_affine"] = m.elementwise_affine;
    to["bias"] = !m.elementwise_affine || m.bias.defined();
  }
  static double weights(const Fields& f) { return affine_weights(f); }
  static nn::LayerNorm build(const Fields& f) {
    return nn::LayerNorm(
        normalized_shape(f),
        {.eps = f.real("eps"), .elementwise_affine = f.flag("elementwise_affine"), .bias = f.flag("bias")});
  }
};

template <>
struct Codec<nn::RMSNorm> {
  static void describe(const nn::RMSNorm& m, Json& to) {
    to["normalized_shape"] = json_of(m.normalized_shape);
    to["eps"] = json_of(m.eps);
    to["elementwise_affine"] = m.elementwise_affine;
  }
  static double weights(const Fields& f) { return affine_weights(f); }
  static nn::RMSNorm build(const Fields& f) {
    return nn::RMSNorm(normalized_shape(f),
                       {.eps = maybe(f, "eps", &Fields::real), .elementwise_affine = f.flag("elementwise_affine")});
  }
};

template <>
struct Codec<nn::LocalResponseNorm> : NoWeights {
  static void describe(const nn::LocalResponseNorm& m, Json& to) {
    to["size"] = m.size;
    to["alpha"] = m.alpha;
    to["beta"] = m.beta;
    to["k"] = m.k;
  }
  static nn::LocalResponseNorm build(const Fields& f) {
    return nn::LocalResponseNorm(f.whole("size"), {.alpha = f.real("alpha"), .beta = f.real("beta"), .k = f.real("k")});
  }
};

std::span<const LayerCodec> value_codecs() {
  static constexpr LayerCodec kCodecs[] = {
      row<nn::BatchNorm1d>("BatchNorm1d"),
      row<nn::BatchNorm2d>("BatchNorm2d"),
      row<nn::BatchNorm3d>("BatchNorm3d"),
      row<nn::InstanceNorm1d>("InstanceNorm1d"),
      row<nn::InstanceNorm2d>("InstanceNorm2d"),
      row<nn::InstanceNorm3d>("InstanceNorm3d"),
      row<nn::GroupNorm>("GroupNorm"),
      row<nn::LayerNorm>("LayerNorm"),
      row<nn::RMSNorm>("RMSNorm"),
      row<nn::LocalResponseNorm>("LocalResponseNorm"),
      row<nn::Linear>("Linear"),
      row<nn::Embedding>("Embedding"),
      row<nn::Identity>("Identity"),
      row<nn::Flatten>("Flatten"),
      row<nn::Unflatten>("Unflatten"),
      row<nn::Dropout>("Dropout"),
      row<nn::Dropout1d>("Dropout1d"),
      row<nn::Dropout2d>("Dropout2d"),
      row<nn::Dropout3d>("Dropout3d"),
      row<nn::AlphaDropout>("AlphaDropout"),
      row<nn::FeatureAlphaDropout>("FeatureAlphaDropout"),
      row<nn::ReLU>("ReLU"),
      row<nn::ReLU6>("ReLU6"),
      row<nn::LeakyReLU>("LeakyReLU"),
      row<nn::PReLU>("PReLU"),
      row<nn::RReLU>("RReLU"),
      row<nn::ELU>("ELU"),
      row<nn::CELU>("CELU"),
      row<nn::SELU>("SELU"),
      row<nn::GELU>("GELU"),
      row<nn::SiLU>("SiLU"),
      row<nn::Mish>("Mish"),
      row<nn::Hardswish>("Hardswish"),
      row<nn::Hardsigmoid>("Hardsigmoid"),
      row<nn::Hardtanh>("Hardtanh"),
      row<nn::Threshold>("Threshold"),
      row<nn::Hardshrink>("Hardshrink"),
      row<nn::Softshrink>("Softshrink"),
      row<nn::Sigmoid>("Sigmoid"),
      row<nn::LogSigmoid>("LogSigmoid"),
      row<nn::Tanh>("Tanh"),
      row<nn::Tanhshrink>("Tanhshrink"),
      row<nn::Softplus>("Softplus"),
      row<nn::Softsign>("Softsign"),
      row<nn::Softmax>("Softmax"),
      row<nn::Softmax2d>("Softmax2d"),
      row<nn::LogSoftmax>("LogSoftmax"),
      row<nn::Softmin>("Softmin"),
      row<nn::GLU>("GLU"),
  };
  return kCodecs;
}

}  // namespace lamella::models
