// How the few thread-local variables that every call reads are addressed.
//
// In a shared object (the Python module) a thread-local variable is found by a call of the dynamic loader's, twice as
// long as what it is asked for. With this model it is at a fixed distance from the thread's pointer instead, in the
// block that the loader keeps for such variables of modules that are loaded later. That block is small (glibc: some
// 1,600 bytes for all modules), so this is for a few words, not for tables.
#pragma once

#if defined(__ELF__) && defined(__GNUC__)
#define LAMELLA_INITIAL_EXEC [[gnu::tls_model("initial-exec")]]
#else
#define LAMELLA_INITIAL_EXEC
#endif
