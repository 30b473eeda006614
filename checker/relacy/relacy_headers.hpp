// Relacy, without its macros. The only place that includes it: never from a header that runtime/ or
// properties/ can see.
//
// <relacy/relacy.hpp> defines `new`, `delete`, `malloc`, `assert`, `errno`, `$` and the names of
// the memory orders as macros, so whatever it is not meant for must come before it (the standard
// headers below) and the macros go right after it. It also replaces the global operator new and
// delete, inline: every program that links this is a program of its own (tenterhook-relacy).
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <source_location>
#include <sstream>
#include <string>
#include <vector>

// clang-format off: after all others
#include <relacy/relacy.hpp>
// clang-format on

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#define errno (*__errno_location())
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef $
#undef VAR
#undef VAR_T
#undef TLS_T
