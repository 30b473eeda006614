// One function a row of the lowering table, in one translation unit; and who compiles it.
#pragma once

#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "arch/instructions.hpp"

namespace tenterhook::tests {

// Debian's compiler of a port, as PREFIX-g++ and PREFIX-objdump.
struct toolchain {
  std::string_view port;
  std::string_view prefix;
};

// For the name of a test.
inline std::ostream& operator<<(std::ostream& out, const toolchain& tools) {
  return out << tools.prefix;
}

inline constexpr std::array toolchains{
    toolchain{"386", "i686-linux-gnu"},
    toolchain{"amd64", "x86_64-linux-gnu"},
    toolchain{"amd64p32", "x86_64-linux-gnux32"},
    toolchain{"arm", "arm-linux-gnueabihf"},
    toolchain{"power64", "powerpc64-linux-gnu"},
    toolchain{"power64le", "powerpc64le-linux-gnu"},
};

// "" if all of these programs are there, else a sentence about the first that is not.
std::string missing_of(const std::vector<std::string>& programs);

// In the order of for_each_row, which numbers the functions.
std::vector<arch::lowering_row> all_rows();
std::string function_of(std::size_t row);      // its name
std::string name_of(const arch::lowering_row& row);

// C++20; includes the native platform's atomic<T>, whose operations the functions call.
std::string source_of_rows();

}  // namespace tenterhook::tests
