// The only file that includes CLI11, which takes longer to compile than all the commands together.
#include "cli/command_line.h"

#include <fmt/format.h>
#include <lamella/error.h>
#include <lamella/threads.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kernels.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

/// What parsing found out: the command to be run.
using Action = std::function<int()>;

CLI::App* add_command(CLI::App& app, const char* name, const char* description, const char* examples) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(std::string("Examples:\n") + examples);
  return command;
}

// Checks that say in an error what they expect; in the help, the description does.
CLI::Validator within(int least, int most) { return CLI::Range(least, most).description(""); }
/// Unlike CLI::Range it refuses NaN, which is neither below the least nor above the most.
CLI::Validator within(double least, double most, const char* expected) {
  const auto check = [=](const std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most) return "";
    return std::string("expected ") + expected + ", got \"" + printable(text) + "\"";
  };
  return CLI::Validator(check, "");
}
CLI::Validator one_of(std::vector<std::string> words) { return CLI::IsMember(std::move(words)).description(""); }

void add_data_options(CLI::App& command, DataOptions& data) {
  command
      .add_option("--data", data.folder,
                  "Folder of the IDX files, gzipped or not (default: $LAMELLA_DATA, else the system's)")
      ->type_name("DIR");
  command.add_option("--dataset", data.dataset, "fashion-mnist or mnist: names the classes and the usual places")
      ->type_name("NAME")
      ->check(one_of({"fashion-mnist", "mnist"}));
}

void add_threads(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "Threads to use; results do not depend on it (default: one a CPU)")
      ->type_name("N")
      ->check(within(1, 1024));
}

void add_train(CLI::App& app, TrainOptions& o, Action& action) {
  CLI::App* command = add_command(app, "train", "Train a network on labelled pictures and write a report",
                                  "  lamella train\n"
                                  "  lamella train --model lenet-wide --epochs 10 --seed 1 --out runs/wide\n"
                                  "  lamella train --data ~/mnist --dataset mnist --out runs/mnist\n"
                                  "Writes model.safetensors, metrics.jsonl, pictures (PNG), charts (SVG) and "
                                  "index.html, which shows it all.\n"
                                  "Ctrl-C stops after the batch at hand, saves the model and ends with exit code 130.");
  command->add_option("--model", o.model, "lenet, lenet-wide or mlp")->type_name("NAME")->capture_default_str();
  add_data_options(*command, o.data);
  command->add_option("--epochs", o.epochs, "Passes over the training set")
      ->type_name("N")
      ->check(within(1, 100000))
      ->capture_default_str();
  command->add_option("--batch-size", o.batch_size, "Pictures a step")
      ->type_name("N")
      ->check(within(1, 65536))
      ->capture_default_str();
  command->add_option("--lr", o.lr, "Highest learning rate of the one-cycle schedule (default: sgd 0.05, adam 0.002)")
      ->type_name("X")
      ->check(
          within(std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max(), "a number above 0"));
  command->add_option("--optimizer", o.optimizer, "sgd (Nesterov momentum 0.9) or adam")
      ->type_name("NAME")
      ->check(one_of({"sgd", "adam"}))
      ->capture_default_str();
  command->add_option("--seed", o.seed, "Same seed, same weights, bit for bit")->type_name("N")->capture_default_str();
  add_threads(*command, o.threads);
  command->add_option("--out", o.out, "Folder of the results (default: runs/<model>)")->type_name("DIR");
  CLI::Option* quiet = command->add_flag("--quiet", o.quiet, "Print nothing but errors");
  command->add_flag("--json", o.json, "Print one JSON object an epoch and nothing else")->excludes(quiet);
  command->callback([&] { action = [&o] { return run_train(o); }; });
}

void add_eval(CLI::App& app, EvalOptions& o, Action& action) {
  CLI::App* command = add_command(app, "eval", "Measure a model on the test pictures, class by class",
                                  "  lamella eval runs/lenet/model.safetensors\n"
                                  "  lamella eval model.safetensors --data ~/mnist --json");
  command->add_option("MODEL", o.model, "The model's file")->type_name("")->required();
  add_data_options(*command, o.data);
  add_threads(*command, o.threads);
  command->add_flag("--json", o.json, "Print one JSON object");
  command->callback([&] { action = [&o] { return run_eval(o); }; });
}

void add_summary(CLI::App& app, SummaryOptions& o, Action& action) {
  CLI::App* command = add_command(app, "summary", "Show a model layer by layer: shapes, parameters, work, memory",
                                  "  lamella summary runs/lenet/model.safetensors\n"
                                  "  lamella summary lenet-wide --batch-size 64");
  command->add_option("MODEL", o.model, "The model's file, or lenet, lenet-wide or mlp")->type_name("")->required();
  command->add_option("--batch-size", o.batch_size, "Pictures at once")
      ->type_name("N")
      ->check(within(1, 65536))
      ->capture_default_str();
  command->callback([&] { action = [&o] { return run_summary(o); }; });
}

void add_samples(CLI::App& app, SamplesOptions& o, Action& action) {
  CLI::App* command = add_command(app, "samples", "Write ten test pictures, one a class, as PNG",
                                  "  lamella samples pictures/\n"
                                  "  lamella predict runs/lenet/model.safetensors pictures/*.png");
  command->add_option("DIR", o.folder, "Where to write them")->type_name("")->required();
  add_data_options(*command, o.data);
  command->callback([&] { action = [&o] { return run_samples(o); }; });
}

void add_predict(CLI::App& app, PredictOptions& o, Action& action) {
  CLI::App* command = add_command(app, "predict", "Say what pictures show: PNG or JPEG of any size and colour",
                                  "  lamella predict runs/lenet/model.safetensors shoe.png shirt.jpg\n"
                                  "  lamella predict model.safetensors photo.jpg --invert");
  command->add_option("MODEL", o.model, "The model's file")->type_name("")->required();
  command->add_option("IMAGE", o.images, "Pictures")->type_name("")->required();
  command->add_flag("--invert", o.invert, "Swap light and dark first: for a dark thing on a light background");
  command->add_flag("--json", o.json, "Print one JSON object a picture");
  command->callback([&] { action = [&o] { return run_predict(o); }; });
}

void add_filter(CLI::App& app, FilterOptions& o, Action& action) {
  CLI::App* command =
      add_command(app, "filter", "Show what a kernel does to a picture",
                  "  lamella filter shoe.png --kernel edge -o edges.png\n"
                  "  lamella filter photo.jpg --kernel '[[0,-1,0],[-1,5,-1],[0,-1,0]]' -o sharp.png\n"
                  "  lamella filter shoe.png --kernel blur --kernel sobel-x --kernel emboss -o sheet.png");
  command->add_option("IMAGE", o.image, "PNG or JPEG")->type_name("")->required();
  command->add_option("--kernel", o.kernels, "A name (" + kernel_names() + ") or a JSON matrix; several make a sheet")
      ->type_name("KERNEL")
      ->required()
      ->allow_extra_args(false);  // or CLI11 takes a matrix apart
  command->add_option("--stride", o.stride, "Pixels from one window to the next")
      ->type_name("S")
      ->check(within(1, 1000))
      ->capture_default_str();
  command->add_option("--padding", o.padding, "Black pixels around the picture")
      ->type_name("P")
      ->check(within(0, 1000))
      ->capture_default_str();
  command->add_flag("--grey", o.grey, "Make a colour picture grey first");
  command->add_option("-o,--out", o.out, "The PNG to write")->type_name("OUT.png")->required();
  command->callback([&] { action = [&o] { return run_filter(o); }; });
}

void add_animate(CLI::App& app, AnimateOptions& o, Action& action) {
  CLI::App* command = add_command(app, "animate", "Draw how a kernel slides over its input, as an animated SVG",
                                  "  lamella animate --kernel edge --stride 2 --padding 1 -o conv.svg\n"
                                  "  lamella animate --kernel '[[1,0],[0,1]]' --size 4x6 -o conv.svg\n"
                                  "  lamella animate --kernel sobel-x --image shoe.png --crop 8,8,8,8 -o conv.svg");
  command->add_option("--kernel", o.kernel, "A name (" + kernel_names() + ") or a JSON matrix")
      ->type_name("KERNEL")
      ->capture_default_str();
  CLI::Option* input = command->add_option("--input", o.input, "The input as a JSON matrix")->type_name("MATRIX");
  CLI::Option* image = command->add_option("--image", o.image, "The input as grey values of a PNG or JPEG")
                           ->type_name("IMAGE")
                           ->excludes(input);
  command->add_option("--size", o.size, "Rows and columns of an input of digits")
      ->type_name("RxC")
      ->capture_default_str()
      ->excludes(input)
      ->excludes(image);
  command->add_option("--crop", o.crop, "The part of the picture: left, top, width, height")
      ->type_name("X,Y,W,H")
      ->needs(image);
  command->add_option("--stride", o.stride, "Cells from one window to the next")
      ->type_name("S")
      ->check(within(1, 1000))
      ->capture_default_str();
  command->add_option("--padding", o.padding, "Zeros around the input")
      ->type_name("P")
      ->check(within(0, 1000))
      ->capture_default_str();
  command->add_option("--seconds", o.seconds, "Seconds a step")
      ->type_name("X")
      ->check(within(0.1, 60.0, "a number from 0.1 to 60"))
      ->capture_default_str();
  command->add_option("-o,--out", o.out, "The SVG to write")->type_name("OUT.svg")->required();
  command->callback([&] { action = [&o] { return run_animate(o); }; });
}

/// Everything that a command line can be about.
struct Commands {
  TrainOptions train;
  EvalOptions eval;
  SummaryOptions summary;
  SamplesOptions samples;
  PredictOptions predict;
  FilterOptions filter;
  AnimateOptions animate;
};

/// The command line as it could be typed again.
std::string typed(int argc, const char* const* argv) {
  std::string line = "lamella";
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool plain = !argument.empty() && argument.find_first_of(" \t\n\"'\\$&|;<>()[]{}*?!#~`") == std::string::npos;
    line += plain ? " " + argument : " '" + argument + "'";
  }
  return line;
}

/// The text of `error`, with where to read on.
std::string usage_text(const CLI::App& app, const std::string& error) {
  std::string name = "lamella";
  for (const CLI::App* command : app.get_subcommands()) name += " " + command->get_name();
  return fmt::format("{}; {} --help tells what there is", error, name);
}

/// An empty value is what an unset variable of a shell leaves: it must not stand for the default.
void check_values(const CLI::App& app) {
  for (const CLI::App* command : app.get_subcommands()) {
    for (const CLI::Option* option : command->get_options()) {
      if (std::ranges::count(option->results(), "") == 0) continue;
      throw UsageError(usage_text(app, fmt::format("{}: the value is empty", option->get_name())));
    }
  }
}

/// CLI11 takes an unknown command for a missing one.
void check_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2) throw UsageError(usage_text(app, "a command is missing"));
  const std::string_view first = argv[1];
  if (first.starts_with('-')) return;
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  const bool known =
      std::ranges::any_of(commands, [&](const CLI::App* command) { return command->get_name() == first; });
  if (!known) throw UsageError(usage_text(app, fmt::format("there is no command \"{}\"", first)));
}

int parse_and_run(int argc, const char* const* argv) {
  CLI::App app("Convolutional networks: train them, look into them, use them", "lamella");
  app.footer(
      "Examples:\n  lamella train\n  lamella predict runs/lenet/model.safetensors shoe.png\n"
      "`lamella COMMAND --help` tells more. Exit codes: 0 done, 1 failed, 2 wrong command line.");
  app.set_version_flag("--version", "lamella " LAMELLA_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(26);
  app.get_formatter()->label("REQUIRED", "(required)");

  Commands commands;
  commands.train.command = typed(argc, argv);
  Action action;
  add_train(app, commands.train, action);
  add_eval(app, commands.eval, action);
  add_summary(app, commands.summary, action);
  add_samples(app, commands.samples, action);
  add_predict(app, commands.predict, action);
  add_filter(app, commands.filter, action);
  add_animate(app, commands.animate, action);

  check_command(app, argc, argv);
  try {
    app.parse(argc, argv);
    check_values(app);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return kSuccess;
  } catch (const CLI::CallForVersion& version) {
    print(std::string(version.what()) + "\n");
    return kSuccess;
  } catch (const CLI::ParseError& error) {
    throw UsageError(usage_text(app, error.what()));
  }
  return action();
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const UsageError& error) {
    print_error(error.what());
    return kUsage;
  } catch (const std::bad_alloc&) {
    print_error("there is not enough memory");
  } catch (const std::exception& error) {
    print_error(error.what());
  }
  return kFailure;
}

}  // namespace lamella::cli
