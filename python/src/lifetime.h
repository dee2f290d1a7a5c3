#pragma once

#include <Python.h>

namespace lamella::python {

/// Gives back the Python objects whose last C++ handle went on a thread that did not hold the interpreter's lock. Needs
/// the lock; call it where a long piece of work ends.
void give_back_pending() noexcept;

/// PyEval_RestoreThread for a thread that may be a daemon's: where the interpreter is shutting down, which ends such
/// threads by unwinding them, the thread stops here until the process ends. Unwinding C++ would end in an abort.
void take_lock_back(PyThreadState* state) noexcept;

}  // namespace lamella::python
