#pragma once

namespace lamella::python {

/// Gives back the Python objects whose last C++ handle went on a thread that did not hold the interpreter's lock. Needs
/// the lock; call it where a long piece of work ends.
void give_back_pending() noexcept;

}  // namespace lamella::python
