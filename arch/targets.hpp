// All targets, for code that goes through them: the tool's list and parser, the tests.
//
// Thread safety: everything here is constant.
#pragma once

#include <array>
#include <string_view>

#include "arch/386.hpp"
#include "arch/amd64.hpp"
#include "arch/amd64p32.hpp"
#include "arch/arm.hpp"
#include "arch/power64.hpp"
#include "arch/power64le.hpp"
#include "arch/target.hpp"

namespace tenterhook::arch {

// A port's data as a value.
struct target_info {
  std::string_view name;
  std::string_view about;
  std::string_view model_name;  // "tso", "arm", "power"
  memory_model model;
  rmw_kind rmw;
  unsigned word_size;
  unsigned pointer_size;
  std::endian byte_order;
  bool runnable;
};

template <target T>
constexpr target_info info_of() {
  return {.name = T::name,
          .about = T::about,
          .model_name = name_of(T::model),
          .model = T::model,
          .rmw = T::rmw,
          .word_size = T::word_size,
          .pointer_size = T::pointer_size,
          .byte_order = T::byte_order,
          .runnable = T::runnable};
}

#define TENTERHOOK_TARGET(port) info_of<target_##port>(),
inline constexpr std::array targets{
#include "arch/targets.def"
};
#undef TENTERHOOK_TARGET

// The target of that name, or nullptr.
constexpr const target_info* find_target(std::string_view name) {
  for (const target_info& t : targets) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

}  // namespace tenterhook::arch
