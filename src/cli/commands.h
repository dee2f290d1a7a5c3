// The subcommands, each with what its command line may say. Every run_… returns an exit code and raises the exceptions
// of <lamella/error.h>, or UsageError for values that no run could use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lamella::cli {

/// The command line asks for what does not exist; ends with exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where the pictures come from.
struct DataOptions {
  std::filesystem::path folder;  // empty: the usual places
  std::string dataset;           // "fashion-mnist" or "mnist"; empty: what the model was trained on
};

struct TrainOptions {
  std::string model = "lenet";
  DataOptions data{.folder = {}, .dataset = "fashion-mnist"};
  int epochs = 10;
  int batch_size = 64;
  std::optional<double> lr;  // none: what suits the optimizer
  std::string optimizer = "sgd";
  std::uint32_t seed = 0;
  int threads = 0;            // 0: as many as there are CPUs
  std::filesystem::path out;  // empty: runs/<model>
  bool quiet = false;
  bool json = false;
  std::string command;  // as it was typed, for the report
};
int run_train(const TrainOptions& options);

struct EvalOptions {
  std::filesystem::path model;
  DataOptions data;
  int threads = 0;
  bool json = false;
};
int run_eval(const EvalOptions& options);

struct SummaryOptions {
  std::string model;  // a file, or the name of a built-in model
  int batch_size = 1;
};
int run_summary(const SummaryOptions& options);

struct SamplesOptions {
  std::filesystem::path folder;
  DataOptions data{.folder = {}, .dataset = "fashion-mnist"};
};
int run_samples(const SamplesOptions& options);

struct PredictOptions {
  std::filesystem::path model;
  std::vector<std::filesystem::path> images;
  bool invert = false;
  bool json = false;
};
int run_predict(const PredictOptions& options);

struct FilterOptions {
  std::filesystem::path image;
  std::vector<std::string> kernels;
  int stride = 1;
  int padding = 0;
  bool grey = false;
  std::filesystem::path out;
};
int run_filter(const FilterOptions& options);

struct AnimateOptions {
  std::string kernel = "edge";
  std::string input;  // a JSON matrix; empty: `size` numbers
  std::string size = "5x5";
  std::filesystem::path image;  // empty: not from a picture
  std::string crop;             // "X,Y,WIDTH,HEIGHT" of the picture
  int stride = 1;
  int padding = 0;
  double seconds = 1.2;
  std::filesystem::path out;
};
int run_animate(const AnimateOptions& options);

}  // namespace lamella::cli
