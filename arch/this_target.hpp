// The target that this translation unit is compiled for: `arch::this_target`. Layout (packing, byte
// lanes, pages) always follows it, whatever `--target` says: that flag changes ordering only.
//
// A compiler for any other machine is an error here, at compile time, and nowhere else.
#pragma once

#include <bit>

#include "arch/targets.hpp"

namespace tenterhook::arch {

#if defined(__i386__)
using this_target = target_386;
#elif defined(__x86_64__) && defined(__ILP32__)
using this_target = target_amd64p32;
#elif defined(__x86_64__)
using this_target = target_amd64;
#elif defined(__arm__)
using this_target = target_arm;
#elif defined(__powerpc64__) && defined(__BIG_ENDIAN__)
using this_target = target_power64;
#elif defined(__powerpc64__)
using this_target = target_power64le;
#else
#error "no port for this machine: see arch/HACKING.md, To add a target"
#endif

static_assert(sizeof(void*) == this_target::pointer_size, "the compiler disagrees with the port");
static_assert(std::endian::native == this_target::byte_order,
              "the compiler disagrees with the port");

}  // namespace tenterhook::arch
