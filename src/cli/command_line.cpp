// What the commands take. What parses it stands in arguments.cpp.
#include "cli/command_line.h"

#include <fmt/format.h>
#include <lamella/error.h>
#include <lamella/threads.h>

#include <algorithm>
#include <exception>
#include <functional>
#include <iterator>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kernels.h"
#include "cli/present/text.h"

namespace lamella::cli {
namespace {

/// A subcommand: its name, one line on it, what it takes, and what it does then.
struct Command {
  std::string name, description;
  Arguments arguments;
  std::function<int()> run;
};

Command make_command(std::string name, std::string description, std::string examples, std::function<int()> run) {
  Arguments arguments("lamella " + name, description, "Examples:\n" + examples);
  return {std::move(name), std::move(description), std::move(arguments), std::move(run)};
}

void add_data_options(Arguments& arguments, DataOptions& data) {
  arguments.option("--data", "DIR", &data.folder,
                   "Folder of the IDX files, gzipped or not (default: $LAMELLA_DATA, else the system's)");
  arguments.option("--dataset", "NAME", &data.dataset, "fashion-mnist or mnist: names the classes and the usual places")
      .one_of({"fashion-mnist", "mnist"});
}

void add_threads(Arguments& arguments, int& threads) {
  arguments.option("--threads", "N", &threads, "Threads to use; results do not depend on it (default: one a CPU)")
      .within(1, 1024);
}

Command train(TrainOptions& o) {
  Command command = make_command("train", "Train a network on labelled pictures and write a report",
                                 "  lamella train\n"
                                 "  lamella train --model lenet-wide --epochs 10 --seed 1 --out runs/wide\n"
                                 "  lamella train --data ~/mnist --dataset mnist --out runs/mnist\n"
                                 "Writes model.safetensors, metrics.jsonl, pictures (PNG), charts (SVG) and "
                                 "index.html, which shows it all.\n"
                                 "Ctrl-C stops after the batch at hand, saves the model and ends with exit code 130.",
                                 [&o] { return run_train(o); });
  Arguments& a = command.arguments;
  a.option("--model", "NAME", &o.model, "lenet, lenet-wide or mlp").shows_default();
  add_data_options(a, o.data);
  a.option("--epochs", "N", &o.epochs, "Passes over the training set").within(1, 100000).shows_default();
  a.option("--batch-size", "N", &o.batch_size, "Pictures a step").within(1, 65536).shows_default();
  a.option("--lr", "X", &o.lr, "Highest learning rate of the one-cycle schedule (default: sgd 0.05, adam 0.002)")
      .within(std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max(), "a number above 0");
  a.option("--optimizer", "NAME", &o.optimizer, "sgd (Nesterov momentum 0.9) or adam")
      .one_of({"sgd", "adam"})
      .shows_default();
  a.option("--seed", "N", &o.seed, "Same seed, same weights, bit for bit").shows_default();
  add_threads(a, o.threads);
  a.option("--out", "DIR", &o.out, "Folder of the results (default: runs/<model>)");
  Argument& quiet = a.flag("--quiet", o.quiet, "Print nothing but errors");
  a.flag("--json", o.json, "Print one JSON object an epoch and nothing else").excludes(quiet);
  return command;
}

Command eval(EvalOptions& o) {
  Command command = make_command("eval", "Measure a model on the test pictures, class by class",
                                 "  lamella eval runs/lenet/model.safetensors\n"
                                 "  lamella eval model.safetensors --data ~/mnist --json",
                                 [&o] { return run_eval(o); });
  Arguments& a = command.arguments;
  a.positional("MODEL", &o.model, "The model's file").required();
  add_data_options(a, o.data);
  add_threads(a, o.threads);
  a.flag("--json", o.json, "Print one JSON object");
  return command;
}

Command summary(SummaryOptions& o) {
  Command command = make_command("summary", "Show a model layer by layer: shapes, parameters, work, memory",
                                 "  lamella summary runs/lenet/model.safetensors\n"
                                 "  lamella summary lenet-wide --batch-size 64",
                                 [&o] { return run_summary(o); });
  Arguments& a = command.arguments;
  a.positional("MODEL", &o.model, "The model's file, or lenet, lenet-wide or mlp").required();
  a.option("--batch-size", "N", &o.batch_size, "Pictures at once").within(1, 65536).shows_default();
  return command;
}

Command samples(SamplesOptions& o) {
  Command command = make_command("samples", "Write ten test pictures, one a class, as PNG",
                                 "  lamella samples pictures/\n"
                                 "  lamella predict runs/lenet/model.safetensors pictures/*.png",
                                 [&o] { return run_samples(o); });
  command.arguments.positional("DIR", &o.folder, "Where to write them").required();
  add_data_options(command.arguments, o.data);
  return command;
}

Command predict(PredictOptions& o) {
  Command command = make_command("predict", "Say what pictures show: PNG or JPEG of any size and colour",
                                 "  lamella predict runs/lenet/model.safetensors shoe.png shirt.jpg\n"
                                 "  lamella predict model.safetensors photo.jpg --invert",
                                 [&o] { return run_predict(o); });
  Arguments& a = command.arguments;
  a.positional("MODEL", &o.model, "The model's file").required();
  a.positional("IMAGE", &o.images, "Pictures").required();
  a.flag("--invert", o.invert, "Swap light and dark first: for a dark thing on a light background");
  a.flag("--json", o.json, "Print one JSON object a picture");
  return command;
}

Command filter(FilterOptions& o) {
  Command command =
      make_command("filter", "Show what a kernel does to a picture",
                   "  lamella filter shoe.png --kernel edge -o edges.png\n"
                   "  lamella filter photo.jpg --kernel '[[0,-1,0],[-1,5,-1],[0,-1,0]]' -o sharp.png\n"
                   "  lamella filter shoe.png --kernel blur --kernel sobel-x --kernel emboss -o sheet.png",
                   [&o] { return run_filter(o); });
  Arguments& a = command.arguments;
  a.positional("IMAGE", &o.image, "PNG or JPEG").required();
  a.option("--kernel", "KERNEL", &o.kernels, "A name (" + kernel_names() + ") or a JSON matrix; several make a sheet")
      .required();
  a.option("--stride", "S", &o.stride, "Pixels from one window to the next").within(1, 1000).shows_default();
  a.option("--padding", "P", &o.padding, "Black pixels around the picture").within(0, 1000).shows_default();
  a.flag("--grey", o.grey, "Make a colour picture grey first");
  a.option("-o,--out", "OUT.png", &o.out, "The PNG to write").required();
  return command;
}

Command animate(AnimateOptions& o) {
  Command command = make_command("animate", "Draw how a kernel slides over its input, as an animated SVG",
                                 "  lamella animate --kernel edge --stride 2 --padding 1 -o conv.svg\n"
                                 "  lamella animate --kernel '[[1,0],[0,1]]' --size 4x6 -o conv.svg\n"
                                 "  lamella animate --kernel sobel-x --image shoe.png --crop 8,8,8,8 -o conv.svg",
                                 [&o] { return run_animate(o); });
  Arguments& a = command.arguments;
  a.option("--kernel", "KERNEL", &o.kernel, "A name (" + kernel_names() + ") or a JSON matrix").shows_default();
  Argument& input = a.option("--input", "MATRIX", &o.input, "The input as a JSON matrix");
  Argument& image = a.option("--image", "IMAGE", &o.image, "The input as grey values of a PNG or JPEG").excludes(input);
  a.option("--size", "RxC", &o.size, "Rows and columns of an input of digits")
      .shows_default()
      .excludes(input)
      .excludes(image);
  a.option("--crop", "X,Y,W,H", &o.crop, "The part of the picture: left, top, width, height").needs(image);
  a.option("--stride", "S", &o.stride, "Cells from one window to the next").within(1, 1000).shows_default();
  a.option("--padding", "P", &o.padding, "Zeros around the input").within(0, 1000).shows_default();
  a.option("--seconds", "X", &o.seconds, "Seconds a step").within(0.1, 60.0, "a number from 0.1 to 60").shows_default();
  a.option("-o,--out", "OUT.svg", &o.out, "The SVG to write").required();
  return command;
}

/// Everything that a command line can be about.
struct Options {
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

std::string help(std::span<const Command> commands) {
  std::string text =
      "Convolutional networks: train them, look into them, use them\n"
      "Usage: lamella [OPTIONS] SUBCOMMAND\n\nOptions:\n" +
      help_row("-h,--help", "Print this help message and exit") +
      help_row("--version", "Display program version information and exit") + "\nSubcommands:\n";
  for (const Command& command : commands) text += help_row(command.name, command.description);
  return text +
         "\nExamples:\n  lamella train\n  lamella predict runs/lenet/model.safetensors shoe.png\n"
         "`lamella COMMAND --help` tells more. Exit codes: 0 done, 1 failed, 2 wrong command line.\n";
}

int parse_and_run(int argc, const char* const* argv) {
  Options o;
  o.train.command = typed(argc, argv);
  Command commands[] = {train(o.train),     eval(o.eval),     summary(o.summary), samples(o.samples),
                        predict(o.predict), filter(o.filter), animate(o.animate)};

  if (argc < 2) fail_usage("a command is missing", "lamella");
  const std::string_view first = argv[1];
  if (first == "-h" || first == "--help") {
    print(help(commands));
    return kSuccess;
  }
  if (first == "--version") {
    print("lamella " LAMELLA_VERSION "\n");
    return kSuccess;
  }
  const auto command = std::ranges::find(commands, first, &Command::name);
  if (command == std::end(commands)) {
    fail_usage(fmt::format("there is no {} \"{}\"", first.starts_with('-') ? "option" : "command", printable(first)),
               "lamella");
  }
  if (command->arguments.parse(std::span(argv + 2, argv + argc))) return command->run();
  print(command->arguments.help());
  return kSuccess;
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
