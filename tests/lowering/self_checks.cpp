// The start-up checks of runtime/runtime1.hpp, built for each port and run there: by the machine
// itself or by qemu-user.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "arch/targets.hpp"
#include "tests/defects/process.hpp"
#include "tests/lowering/rows.hpp"

namespace tenterhook::tests {
namespace {

constexpr const char* kMain =
    "#include <cstdio>\n"
    "#include \"runtime/runtime1.hpp\"\n"
    "using namespace tenterhook::TENTERHOOK_PLATFORM::runtime;\n"
    "int main() {\n"
    "  check_cells cells;\n"
    "  check(cells);\n"
    "  std::puts(\"checked\");\n"
    "}\n";

// What runs a port's programs; "" the machine itself, which is an x86.
std::string runner_of(std::string_view port) {
  if (port == "arm") return "qemu-arm";
  if (port == "power64") return "qemu-ppc64";
  if (port == "power64le") return "qemu-ppc64le";
  return "";
}

class SelfChecks : public testing::TestWithParam<toolchain> {};

TEST_P(SelfChecks, PassOnTheTarget) {
  const toolchain tools = GetParam();
  const std::string compiler = fmt::format("{}-g++", tools.prefix);
  const std::string runner = runner_of(tools.port);
  std::vector<std::string> wanted{compiler};
  if (!runner.empty()) wanted.push_back(runner);
  const std::string missing = missing_of(wanted);
  if (!missing.empty()) GTEST_SKIP() << "NOT RUN: " << missing;

  const bool runs = arch::find_target(tools.port)->runnable;
  const Folder folder;
  const std::string source = folder.path() + "/main.cpp", program = folder.path() + "/main";
  std::ofstream(source) << kMain;
  std::string command = fmt::format(
      "cd '{}' && {} -std=c++20 -O2 -I '{}' -I '{}/arch/native' -DTENTERHOOK_PLATFORM=native ",
      folder.path(), compiler, TENTERHOOK_ROOT, TENTERHOOK_ROOT);
  command += fmt::format("'{}' '{}/runtime/runtime1.cpp' '{}/arch/native/platform/check.cpp' ",
                         source, TENTERHOOK_ROOT, TENTERHOOK_ROOT);
  // what no kernel runs is compiled: sizes and offsets are checked there
  command += runs ? fmt::format("-static -o '{}'", program) : "-c";
  const Ran built = run_program(command);
  ASSERT_EQ(built.exit_code, 0) << built.output;
  if (!runs) return;
  const Ran ran = run_program(runner + " '" + program + "'");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_EQ(ran.output, "checked\n");
}

INSTANTIATE_TEST_SUITE_P(Debian, SelfChecks, testing::ValuesIn(toolchains),
                         [](const testing::TestParamInfo<toolchain>& of) {
                           return "port_" + std::string(of.param.port);
                         });

}  // namespace
}  // namespace tenterhook::tests
