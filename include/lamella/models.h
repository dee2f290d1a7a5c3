// Whole models: the library's own networks, measuring one on a dataset, and model files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <lamella/data.h>
#include <lamella/io.h>
#include <lamella/nn/container.h>

namespace lamella {

namespace models {

/// A network of the library's own: a Sequential that knows how it was built, so that a file can say it in a line.
/// Layers may be replaced; a file then lists them one by one.
class Model : public nn::Sequential {
 public:
  /// The function that builds it: "lenet".
  virtual std::string_view builder() const = 0;
  /// Its options as a JSON object: {"in_channels":1,"classes":10,"width":16}.
  virtual std::string arguments() const = 0;
  /// [C, H, W] of the pictures that it takes.
  virtual Dims input_shape() const = 0;
};

/// What every network of the catalogue can be asked for.
struct BuildOptions {
  std::int64_t in_channels = 1;
  std::int64_t classes = 10;
};

struct LenetOptions {
  std::int64_t in_channels = 1;
  std::int64_t classes = 10;
  std::int64_t width = 16;  ///< channels of the first convolution; the second has twice as many
};

/// Two convolutions and two linear layers for pictures of 28x28, after LeNet-5 (LeCun et al. 1998) with batch norm:
/// conv1 3x3, bn1, relu1, pool1 2x2, conv2 3x3, bn2, relu2, pool2 2x2, flatten, fc1 (128), relu3, fc2 (classes). The
/// ReLUs work in place. 207,018 parameters with the defaults.
class LeNet : public nn::Layer<LeNet, Model> {
 public:
  /// Raises ValueError for numbers outside of 1 to 65536.
  explicit LeNet(LenetOptions options = {});
  std::string_view builder() const override { return "lenet"; }
  std::string arguments() const override;
  Dims input_shape() const override { return {options_.in_channels, 28, 28}; }
  const LenetOptions& options() const { return options_; }

 private:
  LenetOptions options_;
};

struct MlpOptions {
  std::int64_t in_channels = 1;
  std::int64_t classes = 10;
  std::vector<std::int64_t> hidden = {300, 300, 200};
};

/// Linear layers with ReLUs in place between them, for pictures of 28x28: flatten, fc1, relu1, fc2, relu2, … With the
/// defaults 784-300-300-200-10, 388,010 parameters.
class Mlp : public nn::Layer<Mlp, Model> {
 public:
  /// Raises ValueError for numbers outside of 1 to 65536.
  explicit Mlp(MlpOptions options = {});
  std::string_view builder() const override { return "mlp"; }
  std::string arguments() const override;
  Dims input_shape() const override { return {options_.in_channels, 28, 28}; }
  const MlpOptions& options() const { return options_; }

 private:
  MlpOptions options_;
};

inline LeNet lenet(LenetOptions options = {}) { return LeNet(options); }
/// LeNet with 32 and 64 channels.
inline LeNet lenet_wide(BuildOptions options = {}) {
  return LeNet({.in_channels = options.in_channels, .classes = options.classes, .width = 32});
}
inline Mlp mlp(MlpOptions options = {}) { return Mlp(std::move(options)); }

struct CatalogueEntry {
  std::string_view name;     ///< "lenet-wide"
  std::string_view summary;  ///< a line for people
  std::unique_ptr<Model> (*build)(const BuildOptions& options);
};

/// All networks that can be asked for by name.
std::span<const CatalogueEntry> catalogue();
/// Builds the one of that name. Raises ValueError, with the names that there are.
std::unique_ptr<Model> build(std::string_view name, BuildOptions options = {});

}  // namespace models

struct Evaluation {
  double loss = 0;      ///< mean cross entropy an example
  double accuracy = 0;  ///< the share of examples whose highest score is their class, 0 to 1
  std::int64_t examples = 0;
};

/// Runs the model over an epoch of the loader in eval mode, recording nothing; every module gets the mode back that it
/// had. Scores are [n, classes], labels int64 [n]. Raises ValueError where the loader has no batch, or for other
/// shapes.
Evaluation evaluate(nn::Module& model, const data::Loader& loader);
/// Of these the accuracy alone; labels may be any.
double accuracy(nn::Module& model, const data::Loader& loader);

/// What a model file says beside the weights; everything may be absent.
struct ModelInfo {
  Dims input = {};                                        ///< [C, H, W]; of a built-in model known without saying
  std::vector<std::string> classes = {};                  ///< names of the outputs
  std::optional<data::Normalization> normalization = {};  ///< what the pictures went through
  std::string dataset = "";                               ///< what it was trained on
  Metadata other = {};                                    ///< anything else; names that begin with "lamella." are taken
};

/// A dataset's part of it.
ModelInfo info_of(const data::ImageDataset& dataset);

/// Writes the module's state_dict to a safetensors file. A built-in model, a layer, and a Sequential of these are saved
/// with their architecture; of a user's own class the file carries the weights alone, and says so. See
/// docs/formats/model-file.md. Raises FileError if it cannot be written.
void save(const std::filesystem::path& path, const nn::Module& module, const ModelInfo& info = {});
/// Whether such a file would carry the module's architecture.
bool has_architecture(const nn::Module& module);

/// Loads a file's tensors, safetensors or (by the name's .pt or .pth) a state_dict of torch.save's, into a module,
/// strictly unless said: names and shapes must agree, or one FileError reports
/// all that do not and the module is unchanged. Returns what was left over where it is not strict.
nn::LoadReport load(const std::filesystem::path& path, nn::Module& module, nn::LoadOptions options = {});

struct LoadedModel {
  std::unique_ptr<nn::Module> module;  ///< in eval mode
  ModelInfo info;
};

/// Builds the module that a file describes and loads its weights. The random generators stay as they are. Raises
/// FileError if the file carries no architecture (says what to do), describes one that cannot be, or has other weights.
LoadedModel load_model(const std::filesystem::path& path);

/// What a file says beside the weights. Raises FileError.
ModelInfo read_model_info(const std::filesystem::path& path);

}  // namespace lamella
