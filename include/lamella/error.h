// The exceptions that lamella throws. Every message is one or two lines: the layer's path where a module runs, the
// operator, what was given, what was expected, and how to mend it.
#pragma once

#include <stdexcept>
#include <string>

namespace lamella {

/// The root of the family. In Python: RuntimeError.
class Error : public std::runtime_error {
 public:
  /// `message` is prefixed by the path of the module that is running on this thread, if any ("features.3 (Conv2d): ").
  explicit Error(const std::string& message);
};

/// An argument of the right type with a value that cannot be used. In Python: ValueError.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// An argument of the wrong kind or dtype. In Python: TypeError.
class TypeError : public Error {
 public:
  using Error::Error;
};

/// An axis or an index out of range. In Python: IndexError.
class IndexError : public Error {
 public:
  using Error::Error;
};

/// Something that PyTorch has and lamella does not (yet). In Python: NotImplementedError.
class NotImplementedError : public Error {
 public:
  using Error::Error;
};

/// A file that is missing, damaged, of another kind, or cannot be written; names the file. In Python: OSError.
class FileError : public Error {
 public:
  using Error::Error;
};

}  // namespace lamella
